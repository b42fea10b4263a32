// What each family of calls gives to JavaScript. addon.cc lists the names.
#ifndef REALFORK_EXPORTS_H_
#define REALFORK_EXPORTS_H_

#include <napi.h>

namespace realfork {

using Call = Napi::Value(const Napi::CallbackInfo&);

// process.cc
Call call_fork, call_exit, call_execve, call_getpid, call_getppid;
Call call_is_main_thread, call_thread_count, call_gather_heap;
// wait.cc
Call call_wait, call_waitpid;
Call call_wifexited, call_wexitstatus, call_wifsignaled, call_wtermsig, call_wcoredump;
Call call_wifstopped, call_wstopsig, call_wifcontinued;
// child_watch.cc
Call call_watch_child, call_unwatch_child;
// signals.cc
Call call_kill, call_raise, call_sigaction, call_sigprocmask, call_sigpending, call_sigsuspend;
Call call_pause;
// time.cc
Call call_alarm, call_sleep, call_nanosleep;
// descriptors.cc
Call call_close, call_read, call_write, call_pipe, call_dup, call_dup2;
// sockets.cc
Call call_socket, call_bind, call_listen, call_accept, call_connect, call_shutdown;
Call call_getsockname, call_getpeername, call_socketpair;
// socket_options.cc
Call call_getsockopt, call_setsockopt;
// limits.cc
Call call_getrlimit, call_setrlimit;
// constants.cc
Call call_strerror;
Napi::Object constants(Napi::Env env);
Napi::Object errno_names(Napi::Env env);

}  // namespace realfork

#endif  // REALFORK_EXPORTS_H_
