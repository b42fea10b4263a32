// What Node calls for process.exit(), set by its embedder's interface. Part of the addon quiesce.
#ifndef REALFORK_EXIT_HANDLER_H_
#define REALFORK_EXIT_HANDLER_H_

namespace node {
class Environment;
}

namespace realfork::platform {

/** node::SetProcessExitHandler(), whatever C++ library this addon has. */
void set_exit_handler(node::Environment* environment, void (*handler)(node::Environment*, int));

}  // namespace realfork::platform

#endif  // REALFORK_EXIT_HANDLER_H_
