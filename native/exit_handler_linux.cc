// Node's function takes a std::function, and Node is linked with GCC's C++ library. An addon that
// is built beforehand has another one within (scripts/build-cross): its std::function has another
// name and another layout. So the layout of GCC's is written down here. It is part of that
// library's ABI, the same since GCC 4.5 (<bits/std_function.h>).
#include "exit_handler.h"

namespace realfork::platform {

using Handler = void (*)(node::Environment*, int);

// _Any_data: what is called, where it has room.
struct CalleeOfGcc {
  Handler handler;
  void* unused;
};

// _Manager_operation
enum class OperationOfGcc { kTypeInfo, kAddress, kClone, kDestroy };

// std::function<void(node::Environment*, int)>
struct FunctionOfGcc {
  CalleeOfGcc callee;
  bool (*manage)(CalleeOfGcc* to, const CalleeOfGcc* from, OperationOfGcc operation);
  void (*invoke)(const CalleeOfGcc& callee, node::Environment*&& environment, int&& status);
};

// node::SetProcessExitHandler(node::Environment*, std::function<void(node::Environment*, int)>&&)
[[gnu::visibility("default")]] void
set_process_exit_handler(node::Environment* environment, FunctionOfGcc* function) __asm__(
    "_ZN4node21SetProcessExitHandlerEPNS_11EnvironmentEOSt8functionIFvS1_iEE");

namespace {

bool manage(CalleeOfGcc* to, const CalleeOfGcc* from, OperationOfGcc operation) {
  if (operation == OperationOfGcc::kClone) *to = *from;
  return false;  // nothing was made by new
}

void invoke(const CalleeOfGcc& callee, node::Environment*&& environment, int&& status) {
  callee.handler(environment, status);
}

}  // namespace

void set_exit_handler(node::Environment* environment, Handler handler) {
  FunctionOfGcc function{{handler, nullptr}, manage, invoke};
  set_process_exit_handler(environment, &function);
}

}  // namespace realfork::platform
