// The export table: every name that JavaScript can see, in one list.
#include <napi.h>

#include "exports.h"
#include "interruptible.h"
#include "platform.h"

namespace realfork {
namespace {

struct Export {
  const char* name;
  Napi::Function (*make)(napi_env env, const char* name, void* data);
};

constexpr Export kExports[] = {
    {"fork", Napi::Function::New<call_fork>},
    {"_exit", Napi::Function::New<call_exit>},
    {"execve", Napi::Function::New<call_execve>},
    {"getpid", Napi::Function::New<call_getpid>},
    {"getppid", Napi::Function::New<call_getppid>},

    {"wait", Napi::Function::New<call_wait>},
    {"waitpid", Napi::Function::New<call_waitpid>},
    {"WIFEXITED", Napi::Function::New<call_wifexited>},
    {"WEXITSTATUS", Napi::Function::New<call_wexitstatus>},
    {"WIFSIGNALED", Napi::Function::New<call_wifsignaled>},
    {"WTERMSIG", Napi::Function::New<call_wtermsig>},
    {"WCOREDUMP", Napi::Function::New<call_wcoredump>},
    {"WIFSTOPPED", Napi::Function::New<call_wifstopped>},
    {"WSTOPSIG", Napi::Function::New<call_wstopsig>},
    {"WIFCONTINUED", Napi::Function::New<call_wifcontinued>},

    {"watchChild", Napi::Function::New<call_watch_child>},
    {"unwatchChild", Napi::Function::New<call_unwatch_child>},

    {"kill", Napi::Function::New<call_kill>},
    {"raise", Napi::Function::New<call_raise>},
    {"sigaction", Napi::Function::New<call_sigaction>},
    {"sigprocmask", Napi::Function::New<call_sigprocmask>},
    {"sigpending", Napi::Function::New<call_sigpending>},
    {"sigsuspend", Napi::Function::New<call_sigsuspend>},
    {"pause", Napi::Function::New<call_pause>},

    {"alarm", Napi::Function::New<call_alarm>},
    {"sleep", Napi::Function::New<call_sleep>},
    {"nanosleep", Napi::Function::New<call_nanosleep>},

    {"close", Napi::Function::New<call_close>},
    {"read", Napi::Function::New<call_read>},
    {"write", Napi::Function::New<call_write>},
    {"pipe", Napi::Function::New<call_pipe>},
    {"dup", Napi::Function::New<call_dup>},
    {"dup2", Napi::Function::New<call_dup2>},

    {"socket", Napi::Function::New<call_socket>},
    {"bind", Napi::Function::New<call_bind>},
    {"listen", Napi::Function::New<call_listen>},
    {"accept", Napi::Function::New<call_accept>},
    {"connect", Napi::Function::New<call_connect>},
    {"shutdown", Napi::Function::New<call_shutdown>},
    {"getsockname", Napi::Function::New<call_getsockname>},
    {"getpeername", Napi::Function::New<call_getpeername>},
    {"getsockopt", Napi::Function::New<call_getsockopt>},
    {"setsockopt", Napi::Function::New<call_setsockopt>},
    {"socketpair", Napi::Function::New<call_socketpair>},

    {"getrlimit", Napi::Function::New<call_getrlimit>},
    {"setrlimit", Napi::Function::New<call_setrlimit>},

    {"isMainThread", Napi::Function::New<call_is_main_thread>},
    {"threadCount", Napi::Function::New<call_thread_count>},
    {"gatherHeap", Napi::Function::New<call_gather_heap>},
    {"strerror", Napi::Function::New<call_strerror>},
};

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  adopt_javascript_thread(env);
  if (on_javascript_thread()) platform::prepare_to_fork();
  for (const Export& entry : kExports) {
    exports.Set(entry.name, entry.make(env, entry.name, nullptr));
  }
  exports.Set("constants", constants(env));
  exports.Set("errnoNames", errno_names(env));
  return exports;
}

}  // namespace
}  // namespace realfork

// The macro wants a function in the global namespace.
static Napi::Object initialise_addon(Napi::Env env, Napi::Object exports) {
  return realfork::initialise(env, exports);
}

NODE_API_MODULE(realfork, initialise_addon)
