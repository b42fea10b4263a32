// There is one C++ library, the system's, for Node and for this addon.
#include <node.h>

#include "exit_handler.h"

namespace realfork::platform {

void set_exit_handler(node::Environment* environment, void (*handler)(node::Environment*, int)) {
  node::SetProcessExitHandler(environment, handler);
}

}  // namespace realfork::platform
