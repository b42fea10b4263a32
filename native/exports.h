// What each family of calls gives to JavaScript. addon.cc lists the names.
#ifndef REALFORK_EXPORTS_H_
#define REALFORK_EXPORTS_H_

#include <napi.h>

namespace realfork {

using Call = Napi::Value(const Napi::CallbackInfo&);

// fork_call.cc, fork_for_clients.cc
Call call_use_quiescence, call_fork, call_fork_for_clients;
// next_client.cc
Call call_keep_children, call_replace_children, call_end_children, call_keep_no_children,
    call_prepare_child, call_child_is_made, call_is_kept, call_child_has_ended,
    call_reports_of_children, call_next_client, call_peer_of_client;
// process.cc
Call call_exit, call_getpid, call_current_pid, call_getppid;
Call call_is_main_thread, call_thread_count, call_gather_heap;
// exec.cc
Call call_execve, call_execv, call_execvp, call_fexecve;
// wait.cc
Call call_wait, call_waitpid;
Call call_wifexited, call_wexitstatus, call_wifsignaled, call_wtermsig, call_wcoredump;
Call call_wifstopped, call_wstopsig, call_wifcontinued;
// child_watch.cc
Call call_watch_child, call_unwatch_child;
// signals.cc
Call call_kill, call_raise, call_sigaction, call_on_thrown, call_sigprocmask, call_sigpending;
Call call_sigsuspend, call_pause;
// time.cc
Call call_alarm, call_sleep, call_nanosleep;
// descriptors.cc
Call call_close, call_read, call_write, call_pipe, call_dup, call_dup2, call_owner_in_node;
Call call_worker_has_started;
// fcntl.cc, poll.cc
Call call_fcntl, call_poll, call_ppoll;
// sockets.cc
Call call_socket, call_bind, call_listen, call_accept, call_connect, call_shutdown;
Call call_getsockname, call_getpeername, call_socketpair;
// socket_options.cc
Call call_getsockopt, call_setsockopt;
// limits.cc
Call call_getrlimit, call_setrlimit;
// files.cc
Call call_open, call_lseek, call_flock, call_mkfifo, call_umask, call_chdir, call_fchdir;
// vectors.cc
Call call_readv, call_writev;
// messages.cc
Call call_recv, call_send, call_recvfrom, call_sendto, call_recvmsg, call_sendmsg;
// select.cc
Call call_select, call_pselect;
// descriptors.cc, sockets.cc
Call call_pipe2, call_dup3, call_accept4;
// sigwait.cc
Call call_sigwait, call_sigwaitinfo, call_sigtimedwait, call_sigqueue;
// signals.cc, time.cc
Call call_killpg, call_siginterrupt, call_setitimer, call_getitimer;
// wait.cc, rusage.cc
Call call_waitid, call_wait3, call_wait4, call_getrusage;
// semaphores.cc
Call call_semget, call_semop, call_semtimedop, call_semctl;
// shared_locks.cc
Call call_sizes_of_locks, call_mutex_init, call_mutex_lock, call_mutex_unlock, call_condition_init,
    call_condition_wait, call_condition_wake, call_semaphore_init, call_semaphore_wait,
    call_semaphore_post, call_semaphore_value;
// message_queues.cc
Call call_msgget, call_msgsnd, call_msgrcv, call_msgctl;
// memory.cc
Call call_mmap, call_munmap, call_may_write_code;
// process.cc
Call call_workers_are_blocked, call_note_worker, call_interrupt_worker;
Call call_end_calls_of_worker, call_note_parent_of_worker;
Call call_forget_parent_of_worker, call_there_are_workers;
// child_signals.cc
Call call_default_signals;
// client_program.cc
Call call_prepare_program;
// spawn.cc
Call call_posix_spawn, call_posix_spawnp;
// sessions.cc
Call call_setsid, call_getsid, call_setpgid, call_getpgid, call_getpgrp, call_tcgetpgrp,
    call_tcsetpgrp;
// credentials.cc
Call call_getuid, call_geteuid, call_getgid, call_getegid, call_getgroups, call_setuid,
    call_seteuid, call_setgid, call_setegid, call_setreuid, call_setregid, call_setresuid,
    call_setresgid, call_getresuid, call_getresgid, call_setgroups, call_initgroups;
// terminals.cc
Call call_openpty, call_login_tty;
// own_calls_<system>.cc
Call call_prctl, call_procctl, call_pidfd_open, call_pidfd_send_signal, call_signalfd,
    call_signalfd_siginfo, call_memfd_create;
// constants.cc
Call call_strerror, call_strsignal;
Napi::Object constants(Napi::Env env);
Napi::Object errno_names(Napi::Env env);

}  // namespace realfork

#endif  // REALFORK_EXPORTS_H_
