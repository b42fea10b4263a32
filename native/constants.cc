// Every constant that JavaScript sees, from the headers of the system that this is compiled on.
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <system_error>

#include "arguments.h"
#include "exports.h"
#include "own_calls.h"

namespace realfork {
namespace {

#define CONSTANT(name) \
  { #name, static_cast < double>(name) }
#define DISPOSITION(name) \
  { #name, static_cast < double>(reinterpret_cast <intptr_t>(name)) }

const Constant kErrnos[] = {
    CONSTANT(E2BIG),           CONSTANT(EACCES),       CONSTANT(EADDRINUSE),
    CONSTANT(EADDRNOTAVAIL),   CONSTANT(EAFNOSUPPORT), CONSTANT(EAGAIN),
    CONSTANT(EALREADY),        CONSTANT(EBADF),        CONSTANT(EBADMSG),
    CONSTANT(EBUSY),           CONSTANT(ECANCELED),    CONSTANT(ECHILD),
    CONSTANT(ECONNABORTED),    CONSTANT(ECONNREFUSED), CONSTANT(ECONNRESET),
    CONSTANT(EDEADLK),         CONSTANT(EDESTADDRREQ), CONSTANT(EDOM),
    CONSTANT(EDQUOT),          CONSTANT(EEXIST),       CONSTANT(EFAULT),
    CONSTANT(EFBIG),           CONSTANT(EHOSTDOWN),    CONSTANT(EHOSTUNREACH),
    CONSTANT(EIDRM),           CONSTANT(EILSEQ),       CONSTANT(EINPROGRESS),
    CONSTANT(EINTR),           CONSTANT(EINVAL),       CONSTANT(EIO),
    CONSTANT(EISCONN),         CONSTANT(EISDIR),       CONSTANT(ELOOP),
    CONSTANT(EMFILE),          CONSTANT(EMLINK),       CONSTANT(EMSGSIZE),
    CONSTANT(EMULTIHOP),       CONSTANT(ENAMETOOLONG), CONSTANT(ENETDOWN),
    CONSTANT(ENETRESET),       CONSTANT(ENETUNREACH),  CONSTANT(ENFILE),
    CONSTANT(ENOBUFS),         CONSTANT(ENODEV),       CONSTANT(ENOENT),
    CONSTANT(ENOEXEC),         CONSTANT(ENOLCK),       CONSTANT(ENOLINK),
    CONSTANT(ENOMEM),          CONSTANT(ENOMSG),       CONSTANT(ENOPROTOOPT),
    CONSTANT(ENOSPC),          CONSTANT(ENOSYS),       CONSTANT(ENOTBLK),
    CONSTANT(ENOTCONN),        CONSTANT(ENOTDIR),      CONSTANT(ENOTEMPTY),
    CONSTANT(ENOTRECOVERABLE), CONSTANT(ENOTSOCK),     CONSTANT(ENOTSUP),
    CONSTANT(ENOTTY),          CONSTANT(ENXIO),        CONSTANT(EOPNOTSUPP),
    CONSTANT(EOVERFLOW),       CONSTANT(EOWNERDEAD),   CONSTANT(EPERM),
    CONSTANT(EPFNOSUPPORT),    CONSTANT(EPIPE),        CONSTANT(EPROTO),
    CONSTANT(EPROTONOSUPPORT), CONSTANT(EPROTOTYPE),   CONSTANT(ERANGE),
    CONSTANT(EROFS),           CONSTANT(ESHUTDOWN),    CONSTANT(ESOCKTNOSUPPORT),
    CONSTANT(ESPIPE),          CONSTANT(ESRCH),        CONSTANT(ESTALE),
    CONSTANT(ETIMEDOUT),       CONSTANT(ETOOMANYREFS), CONSTANT(ETXTBSY),
    CONSTANT(EUSERS),          CONSTANT(EXDEV),
// Names that only some systems have.
#ifdef ENODATA
    CONSTANT(ENODATA),
#endif
#ifdef ENONET
    CONSTANT(ENONET),
#endif
#ifdef ENOSR
    CONSTANT(ENOSR),
#endif
#ifdef ENOSTR
    CONSTANT(ENOSTR),
#endif
#ifdef ETIME
    CONSTANT(ETIME),
#endif
#ifdef EREMOTE
    CONSTANT(EREMOTE),
#endif
#ifdef ECOMM
    CONSTANT(ECOMM),
#endif
#ifdef EBADFD
    CONSTANT(EBADFD),
#endif
#ifdef ENOTUNIQ
    CONSTANT(ENOTUNIQ),
#endif
};

const Constant kOthers[] = {
    DISPOSITION(SIG_DFL),
    DISPOSITION(SIG_IGN),
    DISPOSITION(SIG_ERR),
    CONSTANT(SIGABRT),
    CONSTANT(SIGALRM),
    CONSTANT(SIGBUS),
    CONSTANT(SIGCHLD),
    CONSTANT(SIGCONT),
    CONSTANT(SIGFPE),
    CONSTANT(SIGHUP),
    CONSTANT(SIGILL),
    CONSTANT(SIGINT),
    CONSTANT(SIGIO),
    CONSTANT(SIGKILL),
    CONSTANT(SIGPIPE),
    CONSTANT(SIGPROF),
    CONSTANT(SIGQUIT),
    CONSTANT(SIGSEGV),
    CONSTANT(SIGSTOP),
    CONSTANT(SIGSYS),
    CONSTANT(SIGTERM),
    CONSTANT(SIGTRAP),
    CONSTANT(SIGTSTP),
    CONSTANT(SIGTTIN),
    CONSTANT(SIGTTOU),
    CONSTANT(SIGURG),
    CONSTANT(SIGUSR1),
    CONSTANT(SIGUSR2),
    CONSTANT(SIGVTALRM),
    CONSTANT(SIGWINCH),
    CONSTANT(SIGXCPU),
    CONSTANT(SIGXFSZ),
// Names that only some systems have.
#ifdef SIGPWR
    CONSTANT(SIGPWR),
#endif
#ifdef SIGSTKFLT
    CONSTANT(SIGSTKFLT),
#endif
#ifdef SIGEMT
    CONSTANT(SIGEMT),
#endif
#ifdef SIGINFO
    CONSTANT(SIGINFO),
#endif
    CONSTANT(SA_NOCLDSTOP),
    CONSTANT(SA_NOCLDWAIT),
    CONSTANT(SA_NODEFER),
    CONSTANT(SA_ONSTACK),
    CONSTANT(SA_RESETHAND),
    CONSTANT(SA_RESTART),
    CONSTANT(SA_SIGINFO),
    CONSTANT(SIG_BLOCK),
    CONSTANT(SIG_SETMASK),
    CONSTANT(SIG_UNBLOCK),
    CONSTANT(SI_USER),
    CONSTANT(SI_QUEUE),
    CONSTANT(SI_TIMER),
    CONSTANT(SI_MESGQ),
    CONSTANT(SI_ASYNCIO),
    CONSTANT(CLD_EXITED),
    CONSTANT(CLD_KILLED),
    CONSTANT(CLD_DUMPED),
    CONSTANT(CLD_TRAPPED),
    CONSTANT(CLD_STOPPED),
    CONSTANT(CLD_CONTINUED),
    CONSTANT(WNOHANG),
    CONSTANT(WUNTRACED),
    CONSTANT(WCONTINUED),
    CONSTANT(WEXITED),
    CONSTANT(WSTOPPED),
    CONSTANT(WNOWAIT),
    CONSTANT(P_ALL),
    CONSTANT(P_PID),
    CONSTANT(P_PGID),
    CONSTANT(ITIMER_REAL),
    CONSTANT(ITIMER_VIRTUAL),
    CONSTANT(ITIMER_PROF),
    CONSTANT(RUSAGE_SELF),
    CONSTANT(RUSAGE_CHILDREN),
    CONSTANT(STDIN_FILENO),
    CONSTANT(STDOUT_FILENO),
    CONSTANT(STDERR_FILENO),
    CONSTANT(AF_UNSPEC),
    CONSTANT(AF_UNIX),
    CONSTANT(AF_INET),
    CONSTANT(AF_INET6),
    CONSTANT(SOCK_STREAM),
    CONSTANT(SOCK_DGRAM),
    CONSTANT(SOCK_RAW),
    CONSTANT(SOCK_SEQPACKET),
    CONSTANT(SOCK_NONBLOCK),
    CONSTANT(SOCK_CLOEXEC),
    CONSTANT(IPPROTO_IP),
    CONSTANT(IPPROTO_IPV6),
    CONSTANT(IPPROTO_TCP),
    CONSTANT(IPPROTO_UDP),
    CONSTANT(SOMAXCONN),
    CONSTANT(SHUT_RD),
    CONSTANT(SHUT_WR),
    CONSTANT(SHUT_RDWR),
    CONSTANT(SOL_SOCKET),
    CONSTANT(SO_REUSEADDR),
    CONSTANT(SO_REUSEPORT),
    CONSTANT(SO_RCVTIMEO),
    CONSTANT(SO_SNDTIMEO),
    CONSTANT(SO_LINGER),
    CONSTANT(SO_KEEPALIVE),
    CONSTANT(SO_ERROR),
    CONSTANT(SO_TYPE),
    CONSTANT(SO_ACCEPTCONN),
    CONSTANT(SO_BROADCAST),
    CONSTANT(SO_RCVBUF),
    CONSTANT(SO_SNDBUF),
    CONSTANT(SO_OOBINLINE),
    CONSTANT(TCP_NODELAY),
    CONSTANT(TCP_KEEPIDLE),
    CONSTANT(TCP_KEEPINTVL),
    CONSTANT(TCP_KEEPCNT),
#ifdef TCP_USER_TIMEOUT
    CONSTANT(TCP_USER_TIMEOUT),
#endif
    CONSTANT(IPV6_V6ONLY),
    CONSTANT(RLIMIT_AS),
    CONSTANT(RLIMIT_CORE),
    CONSTANT(RLIMIT_CPU),
    CONSTANT(RLIMIT_DATA),
    CONSTANT(RLIMIT_FSIZE),
    CONSTANT(RLIMIT_MEMLOCK),
    CONSTANT(RLIMIT_NOFILE),
    CONSTANT(RLIMIT_NPROC),
    CONSTANT(RLIMIT_RSS),
    CONSTANT(RLIMIT_STACK),
    CONSTANT(O_RDONLY),
    CONSTANT(O_WRONLY),
    CONSTANT(O_RDWR),
    CONSTANT(O_ACCMODE),
    CONSTANT(O_APPEND),
    CONSTANT(O_CREAT),
    CONSTANT(O_EXCL),
    CONSTANT(O_TRUNC),
    CONSTANT(O_NONBLOCK),
    CONSTANT(O_CLOEXEC),
    CONSTANT(O_NOCTTY),
    CONSTANT(O_DIRECTORY),
    CONSTANT(O_NOFOLLOW),
    CONSTANT(O_SYNC),
    CONSTANT(FD_CLOEXEC),
    CONSTANT(F_DUPFD),
    CONSTANT(F_DUPFD_CLOEXEC),
    CONSTANT(F_GETFD),
    CONSTANT(F_SETFD),
    CONSTANT(F_GETFL),
    CONSTANT(F_SETFL),
    CONSTANT(F_GETLK),
    CONSTANT(F_SETLK),
    CONSTANT(F_SETLKW),
    CONSTANT(F_RDLCK),
    CONSTANT(F_WRLCK),
    CONSTANT(F_UNLCK),
    CONSTANT(SEEK_SET),
    CONSTANT(SEEK_CUR),
    CONSTANT(SEEK_END),
    CONSTANT(POLLIN),
    CONSTANT(POLLPRI),
    CONSTANT(POLLOUT),
    CONSTANT(POLLERR),
    CONSTANT(POLLHUP),
    CONSTANT(POLLNVAL),
    CONSTANT(POLLRDNORM),
    CONSTANT(POLLRDBAND),
    CONSTANT(POLLWRNORM),
    CONSTANT(POLLWRBAND),
    CONSTANT(MSG_OOB),
    CONSTANT(MSG_PEEK),
    CONSTANT(MSG_DONTWAIT),
    CONSTANT(MSG_WAITALL),
    CONSTANT(MSG_NOSIGNAL),
    CONSTANT(MSG_TRUNC),
    CONSTANT(MSG_CTRUNC),
    CONSTANT(MSG_EOR),
    CONSTANT(MSG_CMSG_CLOEXEC),
    CONSTANT(SCM_RIGHTS),
    CONSTANT(LOCK_SH),
    CONSTANT(LOCK_EX),
    CONSTANT(LOCK_UN),
    CONSTANT(LOCK_NB),
    CONSTANT(FD_SETSIZE),
    CONSTANT(IPC_PRIVATE),
    CONSTANT(IPC_CREAT),
    CONSTANT(IPC_EXCL),
    CONSTANT(IPC_NOWAIT),
    CONSTANT(IPC_RMID),
    CONSTANT(SEM_UNDO),
    CONSTANT(GETVAL),
    CONSTANT(SETVAL),
    CONSTANT(GETPID),
    CONSTANT(GETNCNT),
    CONSTANT(GETZCNT),
    CONSTANT(MSG_NOERROR),
    CONSTANT(PROT_READ),
    CONSTANT(PROT_WRITE),
    CONSTANT(MAP_SHARED),
    CONSTANT(MAP_PRIVATE),
    CONSTANT(MAP_ANONYMOUS),
// Those that only some systems have.
#ifdef POLLRDHUP
    CONSTANT(POLLRDHUP),
#endif
#ifdef F_OFD_SETLK
    CONSTANT(F_OFD_GETLK),
    CONSTANT(F_OFD_SETLK),
    CONSTANT(F_OFD_SETLKW),
#endif
#ifdef F_SETPIPE_SZ
    CONSTANT(F_GETPIPE_SZ),
    CONSTANT(F_SETPIPE_SZ),
#endif
};

#undef CONSTANT
#undef DISPOSITION

}  // namespace

Napi::Object constants(Napi::Env env) {
  Napi::Object object = Napi::Object::New(env);
  for (const Constant& constant : kErrnos)
    object.Set(constant.name, Napi::Number::New(env, constant.value));
  for (const Constant& constant : kOthers)
    object.Set(constant.name, Napi::Number::New(env, constant.value));
  for (const Constant& constant : own_constants())
    object.Set(constant.name, Napi::Number::New(env, constant.value));
  // Not compile-time constants: the C library keeps some real-time signals for itself.
  object.Set("SIGRTMIN", Napi::Number::New(env, SIGRTMIN));
  object.Set("SIGRTMAX", Napi::Number::New(env, SIGRTMAX));
  return object;
}

/** { "4": "EINTR", ... }. Of two names for one number (EAGAIN, EWOULDBLOCK) the one in POSIX order.
 */
Napi::Object errno_names(Napi::Env env) {
  Napi::Object names = Napi::Object::New(env);
  for (const Constant& constant : kErrnos) {
    const auto number = static_cast<uint32_t>(constant.value);
    if (!names.Has(number)) names.Set(number, Napi::String::New(env, constant.name));
  }
  return names;
}

Napi::Value call_strsignal(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "strsignal");
  const int signo = arguments.integer(0, "sig");
  if (!arguments.ok()) return info.Env().Undefined();
  // Its buffer is of the thread, or static: copied at once. A number that is none gets a text too.
  const char* const text = ::strsignal(signo);  // NOLINT(concurrency-mt-unsafe)
  return Napi::String::New(info.Env(), text == nullptr ? "Unknown signal" : text);
}

Napi::Value call_strerror(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "strerror");
  const int number = arguments.integer(0, "errnum");
  if (!arguments.ok()) return info.Env().Undefined();
  return Napi::String::New(info.Env(), std::generic_category().message(number));
}

}  // namespace realfork
