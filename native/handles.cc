#include "handles.h"

#include <node.h>
#include <uv.h>

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

void call_has_requests(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const uv_loop_t* loop = node::GetCurrentEventLoop(info.GetIsolate());
  info.GetReturnValue().Set(loop->active_reqs.count > 0);
}

}  // namespace realfork
