#include "garbage.h"

#include <string.h>

namespace realfork {

void call_old_space(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  size_t used = 0;
  for (size_t index = 0; index < isolate->NumberOfHeapSpaces(); ++index) {
    v8::HeapSpaceStatistics space;
    if (!isolate->GetHeapSpaceStatistics(&space, index)) continue;
    if (strcmp(space.space_name(), "old_space") == 0) used = space.space_used_size();
  }
  info.GetReturnValue().Set(static_cast<double>(used));
}

// A collection takes the bytecode from functions that have not run since the last few, and those
// that only children run never do: each child would compile them anew. So not in this one.
void call_collect_garbage(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  const bool leaves_options = info[0]->BooleanValue(isolate);
  if (!leaves_options) v8::V8::SetFlagsFromString("--no-flush-bytecode");
  isolate->MemoryPressureNotification(v8::MemoryPressureLevel::kCritical);
  isolate->MemoryPressureNotification(v8::MemoryPressureLevel::kNone);
  if (!leaves_options) v8::V8::SetFlagsFromString("--flush-bytecode");
}

}  // namespace realfork
