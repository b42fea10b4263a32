// The export table: every name that JavaScript can see, in one list.
#include <napi.h>

#include "census.h"
#include "exports.h"
#include "interruptible.h"
#include "observe.h"
#include "own_descriptors.h"
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
    {"execv", Napi::Function::New<call_execv>},
    {"execvp", Napi::Function::New<call_execvp>},
    {"fexecve", Napi::Function::New<call_fexecve>},
    {"getpid", Napi::Function::New<call_getpid>},
    {"currentPid", Napi::Function::New<call_current_pid>},
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
    {"onThrown", Napi::Function::New<call_on_thrown>},
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
    {"fcntl", Napi::Function::New<call_fcntl>},
    {"poll", Napi::Function::New<call_poll>},
    {"ppoll", Napi::Function::New<call_ppoll>},

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

    {"open", Napi::Function::New<call_open>},
    {"lseek", Napi::Function::New<call_lseek>},
    {"flock", Napi::Function::New<call_flock>},
    {"mkfifo", Napi::Function::New<call_mkfifo>},
    {"umask", Napi::Function::New<call_umask>},
    {"chdir", Napi::Function::New<call_chdir>},
    {"fchdir", Napi::Function::New<call_fchdir>},

    {"readv", Napi::Function::New<call_readv>},
    {"writev", Napi::Function::New<call_writev>},

    {"recv", Napi::Function::New<call_recv>},
    {"send", Napi::Function::New<call_send>},
    {"recvfrom", Napi::Function::New<call_recvfrom>},
    {"sendto", Napi::Function::New<call_sendto>},
    {"recvmsg", Napi::Function::New<call_recvmsg>},
    {"sendmsg", Napi::Function::New<call_sendmsg>},

    {"select", Napi::Function::New<call_select>},
    {"pselect", Napi::Function::New<call_pselect>},

    {"pipe2", Napi::Function::New<call_pipe2>},
    {"dup3", Napi::Function::New<call_dup3>},
    {"accept4", Napi::Function::New<call_accept4>},

    {"sigwait", Napi::Function::New<call_sigwait>},
    {"sigwaitinfo", Napi::Function::New<call_sigwaitinfo>},
    {"sigtimedwait", Napi::Function::New<call_sigtimedwait>},
    {"sigqueue", Napi::Function::New<call_sigqueue>},

    {"killpg", Napi::Function::New<call_killpg>},
    {"siginterrupt", Napi::Function::New<call_siginterrupt>},
    {"setitimer", Napi::Function::New<call_setitimer>},
    {"getitimer", Napi::Function::New<call_getitimer>},

    {"waitid", Napi::Function::New<call_waitid>},
    {"wait3", Napi::Function::New<call_wait3>},
    {"wait4", Napi::Function::New<call_wait4>},
    {"getrusage", Napi::Function::New<call_getrusage>},

    {"strsignal", Napi::Function::New<call_strsignal>},

    {"semget", Napi::Function::New<call_semget>},
    {"semop", Napi::Function::New<call_semop>},
    {"semtimedop", Napi::Function::New<call_semtimedop>},
    {"semctl", Napi::Function::New<call_semctl>},
    {"sizesOfLocks", Napi::Function::New<call_sizes_of_locks>},
    {"mutexInit", Napi::Function::New<call_mutex_init>},
    {"mutexLock", Napi::Function::New<call_mutex_lock>},
    {"mutexUnlock", Napi::Function::New<call_mutex_unlock>},
    {"conditionInit", Napi::Function::New<call_condition_init>},
    {"conditionWait", Napi::Function::New<call_condition_wait>},
    {"conditionWake", Napi::Function::New<call_condition_wake>},
    {"semaphoreInit", Napi::Function::New<call_semaphore_init>},
    {"semaphoreWait", Napi::Function::New<call_semaphore_wait>},
    {"semaphorePost", Napi::Function::New<call_semaphore_post>},
    {"semaphoreValue", Napi::Function::New<call_semaphore_value>},

    {"msgget", Napi::Function::New<call_msgget>},
    {"msgsnd", Napi::Function::New<call_msgsnd>},
    {"msgrcv", Napi::Function::New<call_msgrcv>},
    {"msgctl", Napi::Function::New<call_msgctl>},

    {"mmap", Napi::Function::New<call_mmap>},
    {"munmap", Napi::Function::New<call_munmap>},

    {"posix_spawn", Napi::Function::New<call_posix_spawn>},
    {"posix_spawnp", Napi::Function::New<call_posix_spawnp>},

    {"setsid", Napi::Function::New<call_setsid>},
    {"getsid", Napi::Function::New<call_getsid>},
    {"setpgid", Napi::Function::New<call_setpgid>},
    {"getpgid", Napi::Function::New<call_getpgid>},
    {"getpgrp", Napi::Function::New<call_getpgrp>},
    {"tcgetpgrp", Napi::Function::New<call_tcgetpgrp>},
    {"tcsetpgrp", Napi::Function::New<call_tcsetpgrp>},

    {"getuid", Napi::Function::New<call_getuid>},
    {"geteuid", Napi::Function::New<call_geteuid>},
    {"getgid", Napi::Function::New<call_getgid>},
    {"getegid", Napi::Function::New<call_getegid>},
    {"getgroups", Napi::Function::New<call_getgroups>},
    {"setuid", Napi::Function::New<call_setuid>},
    {"seteuid", Napi::Function::New<call_seteuid>},
    {"setgid", Napi::Function::New<call_setgid>},
    {"setegid", Napi::Function::New<call_setegid>},
    {"setreuid", Napi::Function::New<call_setreuid>},
    {"setregid", Napi::Function::New<call_setregid>},
    {"setresuid", Napi::Function::New<call_setresuid>},
    {"setresgid", Napi::Function::New<call_setresgid>},
    {"getresuid", Napi::Function::New<call_getresuid>},
    {"getresgid", Napi::Function::New<call_getresgid>},
    {"setgroups", Napi::Function::New<call_setgroups>},
    {"initgroups", Napi::Function::New<call_initgroups>},

    {"openpty", Napi::Function::New<call_openpty>},
    {"login_tty", Napi::Function::New<call_login_tty>},

    {"prctl", Napi::Function::New<call_prctl>},
    {"procctl", Napi::Function::New<call_procctl>},
    {"pidfd_open", Napi::Function::New<call_pidfd_open>},
    {"pidfd_send_signal", Napi::Function::New<call_pidfd_send_signal>},
    {"signalfd", Napi::Function::New<call_signalfd>},
    {"memfd_create", Napi::Function::New<call_memfd_create>},
    {"signalfd_siginfo", Napi::Function::New<call_signalfd_siginfo>},

    {"isMainThread", Napi::Function::New<call_is_main_thread>},
    {"threadCount", Napi::Function::New<call_thread_count>},
    {"useQuiescence", Napi::Function::New<call_use_quiescence>},
    {"workerHasStarted", Napi::Function::New<call_worker_has_started>},
    {"workersAreBlocked", Napi::Function::New<call_workers_are_blocked>},
    {"noteWorker", Napi::Function::New<call_note_worker>},
    {"interruptWorker", Napi::Function::New<call_interrupt_worker>},
    {"endCallsOfWorker", Napi::Function::New<call_end_calls_of_worker>},
    {"noteParentOfWorker", Napi::Function::New<call_note_parent_of_worker>},
    {"forgetParentOfWorker", Napi::Function::New<call_forget_parent_of_worker>},
    {"thereAreWorkers", Napi::Function::New<call_there_are_workers>},
    {"ownerInNode", Napi::Function::New<call_owner_in_node>},
    {"mayWriteCode", Napi::Function::New<call_may_write_code>},
    {"gatherHeap", Napi::Function::New<call_gather_heap>},
    {"forkForClients", Napi::Function::New<call_fork_for_clients>},
    {"keepChildren", Napi::Function::New<call_keep_children>},
    {"replaceChildren", Napi::Function::New<call_replace_children>},
    {"endChildren", Napi::Function::New<call_end_children>},
    {"keepNoChildren", Napi::Function::New<call_keep_no_children>},
    {"prepareChild", Napi::Function::New<call_prepare_child>},
    {"childIsMade", Napi::Function::New<call_child_is_made>},
    {"isKept", Napi::Function::New<call_is_kept>},
    {"childHasEnded", Napi::Function::New<call_child_has_ended>},
    {"reportsOfChildren", Napi::Function::New<call_reports_of_children>},
    {"nextClient", Napi::Function::New<call_next_client>},
    {"peerOfClient", Napi::Function::New<call_peer_of_client>},
    {"defaultSignals", Napi::Function::New<call_default_signals>},
    {"prepareProgram", Napi::Function::New<call_prepare_program>},
    {"strerror", Napi::Function::New<call_strerror>},
};

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  adopt_javascript_thread(env);
  if (on_javascript_thread()) {
    note_first_threads();
    note_own_descriptors();
    platform::prepare_to_fork();
  }
  for (const Export& entry : kExports) {
    exports.Set(entry.name, entry.make(env, entry.name, nullptr));
  }
  exports.Set("constants", constants(env));
  exports.Set("errnoNames", errno_names(env));
  exports.Set("observation", observation(env));
  return exports;
}

}  // namespace
}  // namespace realfork

// The macro wants a function in the global namespace.
static Napi::Object initialise_addon(Napi::Env env, Napi::Object exports) {
  return realfork::initialise(env, exports);
}

NODE_API_MODULE(realfork, initialise_addon)
