#include "handles.h"

#include <node.h>
#include <uv.h>
#include <v8-profiler.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace realfork {
namespace {

std::vector<uv_handle_t*> unreferenced_handles(uv_loop_t* loop) {
  std::vector<uv_handle_t*> handles;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* list) {
        if (uv_has_ref(handle) == 0 && uv_is_closing(handle) == 0) {
          static_cast<std::vector<uv_handle_t*>*>(list)->push_back(handle);
        }
      },
      &handles);
  return handles;
}

// Node has one uv_timer_t for all timers, and a uv_idle_t for immediates: active and referenced
// while there is one that keeps the loop alive.
bool may_have_timers(uv_loop_t* loop) {
  bool any = false;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* found) {
        const uv_handle_type type = uv_handle_get_type(handle);
        if ((type == UV_TIMER || type == UV_IDLE) && uv_is_active(handle) != 0 &&
            uv_has_ref(handle) != 0) {
          *static_cast<bool*>(found) = true;
        }
      },
      &any);
  return any;
}

v8::Local<v8::Value> prototype_of(v8::Local<v8::Object> object) {
#if NODE_MAJOR_VERSION >= 24
  return object->GetPrototypeV2();
#else
  return object->GetPrototype();
#endif
}

class HasPrototype : public v8::QueryObjectPredicate {
 public:
  HasPrototype(v8::Isolate* isolate, std::vector<v8::Local<v8::Value>> prototypes)
      : isolate_(isolate), prototypes_(std::move(prototypes)) {}
  bool Filter(v8::Local<v8::Object> object) override {
    const v8::HandleScope scope(isolate_);
    const v8::Local<v8::Value> prototype = prototype_of(object);
    return std::any_of(
        prototypes_.begin(), prototypes_.end(),
        [&](const v8::Local<v8::Value>& wanted) { return prototype->StrictEquals(wanted); });
  }

 private:
  v8::Isolate* isolate_;
  std::vector<v8::Local<v8::Value>> prototypes_;
};

}  // namespace

// process._getActiveHandles() leaves out what does not keep the loop alive.
void call_handles(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  const std::vector<uv_handle_t*> handles =
      unreferenced_handles(node::GetCurrentEventLoop(isolate));
  for (uv_handle_t* handle : handles) uv_ref(handle);
  v8::Local<v8::Value> list;
  const bool returned = info[0]
                            .As<v8::Function>()
                            ->Call(isolate->GetCurrentContext(), v8::Undefined(isolate), 0, nullptr)
                            .ToLocal(&list);
  for (uv_handle_t* handle : handles) uv_unref(handle);
  if (returned) info.GetReturnValue().Set(list);
}

// Nothing in Node lists its timers: they are looked for in the whole heap, which V8 collects first.
void call_timers(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  std::vector<v8::Global<v8::Object>> found;
  if (may_have_timers(node::GetCurrentEventLoop(isolate))) {
    HasPrototype predicate(isolate, {info[0], info[1]});
    isolate->GetHeapProfiler()->QueryObjects(context, &predicate, &found);
  }
  std::vector<v8::Local<v8::Value>> timers;
  timers.reserve(found.size());
  for (const v8::Global<v8::Object>& object : found) timers.emplace_back(object.Get(isolate));
  info.GetReturnValue().Set(v8::Array::New(isolate, timers.data(), timers.size()));
}

}  // namespace realfork
