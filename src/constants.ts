import { native } from './native';
import type { GetLockCommand, LingerOption, SetLockCommand, StandardDisposition, TimevalOption } from './types';

/** Constants, from the headers of the system that this runs on. None is a literal. */

function constant(name: string): number {
  const value = native.constants[name];
  if (value === undefined) throw new Error(`realfork: the headers of this system have no ${name}`);
  return value;
}

/** For names that only some systems have: undefined elsewhere. */
function constantOfSome(name: string): number | undefined {
  return native.constants[name];
}

/** The end of a limit: no limit. getrlimit(2). */
export const RLIM_INFINITY = Number.POSITIVE_INFINITY;

/** errno(3). */
export const E2BIG = constant('E2BIG');
export const EACCES = constant('EACCES');
export const EADDRINUSE = constant('EADDRINUSE');
export const EADDRNOTAVAIL = constant('EADDRNOTAVAIL');
export const EAFNOSUPPORT = constant('EAFNOSUPPORT');
export const EAGAIN = constant('EAGAIN');
export const EALREADY = constant('EALREADY');
export const EBADF = constant('EBADF');
export const EBADMSG = constant('EBADMSG');
export const EBUSY = constant('EBUSY');
export const ECANCELED = constant('ECANCELED');
export const ECHILD = constant('ECHILD');
export const ECONNABORTED = constant('ECONNABORTED');
export const ECONNREFUSED = constant('ECONNREFUSED');
export const ECONNRESET = constant('ECONNRESET');
export const EDEADLK = constant('EDEADLK');
export const EDESTADDRREQ = constant('EDESTADDRREQ');
export const EDOM = constant('EDOM');
export const EDQUOT = constant('EDQUOT');
export const EEXIST = constant('EEXIST');
export const EFAULT = constant('EFAULT');
export const EFBIG = constant('EFBIG');
export const EHOSTDOWN = constant('EHOSTDOWN');
export const EHOSTUNREACH = constant('EHOSTUNREACH');
export const EIDRM = constant('EIDRM');
export const EILSEQ = constant('EILSEQ');
export const EINPROGRESS = constant('EINPROGRESS');
export const EINTR = constant('EINTR');
export const EINVAL = constant('EINVAL');
export const EIO = constant('EIO');
export const EISCONN = constant('EISCONN');
export const EISDIR = constant('EISDIR');
export const ELOOP = constant('ELOOP');
export const EMFILE = constant('EMFILE');
export const EMLINK = constant('EMLINK');
export const EMSGSIZE = constant('EMSGSIZE');
export const EMULTIHOP = constant('EMULTIHOP');
export const ENAMETOOLONG = constant('ENAMETOOLONG');
export const ENETDOWN = constant('ENETDOWN');
export const ENETRESET = constant('ENETRESET');
export const ENETUNREACH = constant('ENETUNREACH');
export const ENFILE = constant('ENFILE');
export const ENOBUFS = constant('ENOBUFS');
export const ENODEV = constant('ENODEV');
export const ENOENT = constant('ENOENT');
export const ENOEXEC = constant('ENOEXEC');
export const ENOLCK = constant('ENOLCK');
export const ENOLINK = constant('ENOLINK');
export const ENOMEM = constant('ENOMEM');
export const ENOMSG = constant('ENOMSG');
export const ENOPROTOOPT = constant('ENOPROTOOPT');
export const ENOSPC = constant('ENOSPC');
export const ENOSYS = constant('ENOSYS');
export const ENOTBLK = constant('ENOTBLK');
export const ENOTCONN = constant('ENOTCONN');
export const ENOTDIR = constant('ENOTDIR');
export const ENOTEMPTY = constant('ENOTEMPTY');
export const ENOTRECOVERABLE = constant('ENOTRECOVERABLE');
export const ENOTSOCK = constant('ENOTSOCK');
export const ENOTSUP = constant('ENOTSUP');
export const ENOTTY = constant('ENOTTY');
export const ENXIO = constant('ENXIO');
export const EOPNOTSUPP = constant('EOPNOTSUPP');
export const EOVERFLOW = constant('EOVERFLOW');
export const EOWNERDEAD = constant('EOWNERDEAD');
export const EPERM = constant('EPERM');
export const EPFNOSUPPORT = constant('EPFNOSUPPORT');
export const EPIPE = constant('EPIPE');
export const EPROTO = constant('EPROTO');
export const EPROTONOSUPPORT = constant('EPROTONOSUPPORT');
export const EPROTOTYPE = constant('EPROTOTYPE');
export const ERANGE = constant('ERANGE');
export const EROFS = constant('EROFS');
export const ESHUTDOWN = constant('ESHUTDOWN');
export const ESOCKTNOSUPPORT = constant('ESOCKTNOSUPPORT');
export const ESPIPE = constant('ESPIPE');
export const ESRCH = constant('ESRCH');
export const ESTALE = constant('ESTALE');
export const ETIMEDOUT = constant('ETIMEDOUT');
export const ETOOMANYREFS = constant('ETOOMANYREFS');
export const ETXTBSY = constant('ETXTBSY');
export const EUSERS = constant('EUSERS');
export const EXDEV = constant('EXDEV');
export const EWOULDBLOCK = EAGAIN;

/** errno(3), on some systems only. */
export const ENODATA = constantOfSome('ENODATA');
export const ENONET = constantOfSome('ENONET');
export const ENOSR = constantOfSome('ENOSR');
export const ENOSTR = constantOfSome('ENOSTR');
export const ETIME = constantOfSome('ETIME');
export const EREMOTE = constantOfSome('EREMOTE');
export const ECOMM = constantOfSome('ECOMM');
export const EBADFD = constantOfSome('EBADFD');
export const ENOTUNIQ = constantOfSome('ENOTUNIQ');

/** signal(7). */
export const SIGABRT = constant('SIGABRT');
export const SIGALRM = constant('SIGALRM');
export const SIGBUS = constant('SIGBUS');
export const SIGCHLD = constant('SIGCHLD');
export const SIGCONT = constant('SIGCONT');
export const SIGFPE = constant('SIGFPE');
export const SIGHUP = constant('SIGHUP');
export const SIGILL = constant('SIGILL');
export const SIGINT = constant('SIGINT');
export const SIGIO = constant('SIGIO');
export const SIGKILL = constant('SIGKILL');
export const SIGPIPE = constant('SIGPIPE');
export const SIGPROF = constant('SIGPROF');
export const SIGQUIT = constant('SIGQUIT');
export const SIGSEGV = constant('SIGSEGV');
export const SIGSTOP = constant('SIGSTOP');
export const SIGSYS = constant('SIGSYS');
export const SIGTERM = constant('SIGTERM');
export const SIGTRAP = constant('SIGTRAP');
export const SIGTSTP = constant('SIGTSTP');
export const SIGTTIN = constant('SIGTTIN');
export const SIGTTOU = constant('SIGTTOU');
export const SIGURG = constant('SIGURG');
export const SIGUSR1 = constant('SIGUSR1');
export const SIGUSR2 = constant('SIGUSR2');
export const SIGVTALRM = constant('SIGVTALRM');
export const SIGWINCH = constant('SIGWINCH');
export const SIGXCPU = constant('SIGXCPU');
export const SIGXFSZ = constant('SIGXFSZ');
export const SIGRTMIN = constant('SIGRTMIN');
export const SIGRTMAX = constant('SIGRTMAX');

/** signal(7), on some systems only. */
export const SIGPWR = constantOfSome('SIGPWR');
export const SIGSTKFLT = constantOfSome('SIGSTKFLT');
export const SIGEMT = constantOfSome('SIGEMT');
export const SIGINFO = constantOfSome('SIGINFO');

/** Dispositions. sigaction(2). */
export const SIG_DFL = constant('SIG_DFL') as StandardDisposition;
export const SIG_IGN = constant('SIG_IGN') as StandardDisposition;
/** What signal(2) gives when it fails. */
export const SIG_ERR = constant('SIG_ERR');

/** Flags of an action. sigaction(2). */
export const SA_NOCLDSTOP = constant('SA_NOCLDSTOP');
export const SA_NOCLDWAIT = constant('SA_NOCLDWAIT');
export const SA_NODEFER = constant('SA_NODEFER');
export const SA_ONSTACK = constant('SA_ONSTACK');
export const SA_RESETHAND = constant('SA_RESETHAND');
export const SA_RESTART = constant('SA_RESTART');
export const SA_SIGINFO = constant('SA_SIGINFO');

/** sigprocmask(2). */
export const SIG_BLOCK = constant('SIG_BLOCK');
export const SIG_SETMASK = constant('SIG_SETMASK');
export const SIG_UNBLOCK = constant('SIG_UNBLOCK');

/** Why a signal was sent: SignalInfo.code. sigaction(2). */
export const SI_USER = constant('SI_USER');
export const SI_QUEUE = constant('SI_QUEUE');
export const SI_TIMER = constant('SI_TIMER');
export const SI_MESGQ = constant('SI_MESGQ');
export const SI_ASYNCIO = constant('SI_ASYNCIO');
export const CLD_EXITED = constant('CLD_EXITED');
export const CLD_KILLED = constant('CLD_KILLED');
export const CLD_DUMPED = constant('CLD_DUMPED');
export const CLD_TRAPPED = constant('CLD_TRAPPED');
export const CLD_STOPPED = constant('CLD_STOPPED');
export const CLD_CONTINUED = constant('CLD_CONTINUED');

/** waitpid(2). */
export const WNOHANG = constant('WNOHANG');
export const WUNTRACED = constant('WUNTRACED');
export const WCONTINUED = constant('WCONTINUED');

/** waitid(2). */
export const WEXITED = constant('WEXITED');
export const WSTOPPED = constant('WSTOPPED');
export const WNOWAIT = constant('WNOWAIT');
export const P_ALL = constant('P_ALL');
export const P_PID = constant('P_PID');
export const P_PGID = constant('P_PGID');

/** getrusage(2). */
export const RUSAGE_SELF = constant('RUSAGE_SELF');
export const RUSAGE_CHILDREN = constant('RUSAGE_CHILDREN');

/** setitimer(2). */
export const ITIMER_REAL = constant('ITIMER_REAL');
export const ITIMER_VIRTUAL = constant('ITIMER_VIRTUAL');
export const ITIMER_PROF = constant('ITIMER_PROF');

/** unistd.h(0P). */
export const STDIN_FILENO = constant('STDIN_FILENO');
export const STDOUT_FILENO = constant('STDOUT_FILENO');
export const STDERR_FILENO = constant('STDERR_FILENO');

/** socket(2). */
export const AF_UNSPEC = constant('AF_UNSPEC');
export const AF_UNIX = constant('AF_UNIX');
export const AF_INET = constant('AF_INET');
export const AF_INET6 = constant('AF_INET6');
export const SOCK_STREAM = constant('SOCK_STREAM');
export const SOCK_DGRAM = constant('SOCK_DGRAM');
export const SOCK_RAW = constant('SOCK_RAW');
export const SOCK_SEQPACKET = constant('SOCK_SEQPACKET');
export const SOCK_NONBLOCK = constant('SOCK_NONBLOCK');
export const SOCK_CLOEXEC = constant('SOCK_CLOEXEC');
export const IPPROTO_IP = constant('IPPROTO_IP');
export const IPPROTO_IPV6 = constant('IPPROTO_IPV6');
export const IPPROTO_TCP = constant('IPPROTO_TCP');
export const IPPROTO_UDP = constant('IPPROTO_UDP');

/** listen(2), shutdown(2). */
export const SOMAXCONN = constant('SOMAXCONN');
export const SHUT_RD = constant('SHUT_RD');
export const SHUT_WR = constant('SHUT_WR');
export const SHUT_RDWR = constant('SHUT_RDWR');

/** socket(7), tcp(7), ipv6(7). */
export const SOL_SOCKET = constant('SOL_SOCKET');
export const SO_REUSEADDR = constant('SO_REUSEADDR');
export const SO_REUSEPORT = constant('SO_REUSEPORT');
export const SO_RCVTIMEO = constant('SO_RCVTIMEO') as TimevalOption;
export const SO_SNDTIMEO = constant('SO_SNDTIMEO') as TimevalOption;
export const SO_LINGER = constant('SO_LINGER') as LingerOption;
export const SO_KEEPALIVE = constant('SO_KEEPALIVE');
export const SO_ERROR = constant('SO_ERROR');
export const SO_TYPE = constant('SO_TYPE');
export const SO_ACCEPTCONN = constant('SO_ACCEPTCONN');
export const SO_BROADCAST = constant('SO_BROADCAST');
export const SO_RCVBUF = constant('SO_RCVBUF');
export const SO_SNDBUF = constant('SO_SNDBUF');
export const SO_OOBINLINE = constant('SO_OOBINLINE');
export const TCP_NODELAY = constant('TCP_NODELAY');
/** Seconds of silence before the first probe, between two, and how many: of SO_KEEPALIVE. tcp(7) */
export const TCP_KEEPIDLE = constant('TCP_KEEPIDLE');
export const TCP_KEEPINTVL = constant('TCP_KEEPINTVL');
export const TCP_KEEPCNT = constant('TCP_KEEPCNT');
/** Milliseconds that sent data may stay without an answer. Linux. tcp(7) */
export const TCP_USER_TIMEOUT = constantOfSome('TCP_USER_TIMEOUT');
export const IPV6_V6ONLY = constant('IPV6_V6ONLY');

/** getrlimit(2). */
export const RLIMIT_AS = constant('RLIMIT_AS');
export const RLIMIT_CORE = constant('RLIMIT_CORE');
export const RLIMIT_CPU = constant('RLIMIT_CPU');
export const RLIMIT_DATA = constant('RLIMIT_DATA');
export const RLIMIT_FSIZE = constant('RLIMIT_FSIZE');
export const RLIMIT_MEMLOCK = constant('RLIMIT_MEMLOCK');
export const RLIMIT_NOFILE = constant('RLIMIT_NOFILE');
export const RLIMIT_NPROC = constant('RLIMIT_NPROC');
export const RLIMIT_RSS = constant('RLIMIT_RSS');
export const RLIMIT_STACK = constant('RLIMIT_STACK');

/** open(2), fcntl(2). */
export const O_RDONLY = constant('O_RDONLY');
export const O_WRONLY = constant('O_WRONLY');
export const O_RDWR = constant('O_RDWR');
export const O_ACCMODE = constant('O_ACCMODE');
export const O_APPEND = constant('O_APPEND');
export const O_CREAT = constant('O_CREAT');
export const O_EXCL = constant('O_EXCL');
export const O_TRUNC = constant('O_TRUNC');
export const O_NONBLOCK = constant('O_NONBLOCK');
export const O_CLOEXEC = constant('O_CLOEXEC');
export const O_NOCTTY = constant('O_NOCTTY');
export const O_DIRECTORY = constant('O_DIRECTORY');
export const O_NOFOLLOW = constant('O_NOFOLLOW');
export const O_SYNC = constant('O_SYNC');
export const FD_CLOEXEC = constant('FD_CLOEXEC');
export const F_DUPFD = constant('F_DUPFD');
export const F_DUPFD_CLOEXEC = constant('F_DUPFD_CLOEXEC');
export const F_GETFD = constant('F_GETFD');
export const F_SETFD = constant('F_SETFD');
export const F_GETFL = constant('F_GETFL');
export const F_SETFL = constant('F_SETFL');
export const F_GETLK = constant('F_GETLK') as GetLockCommand;
export const F_SETLK = constant('F_SETLK') as SetLockCommand;
export const F_SETLKW = constant('F_SETLKW') as SetLockCommand;
export const F_RDLCK = constant('F_RDLCK');
export const F_WRLCK = constant('F_WRLCK');
export const F_UNLCK = constant('F_UNLCK');
export const SEEK_SET = constant('SEEK_SET');
export const SEEK_CUR = constant('SEEK_CUR');
export const SEEK_END = constant('SEEK_END');

/** fcntl(2), on some systems only. */
export const F_OFD_GETLK = constantOfSome('F_OFD_GETLK') as GetLockCommand | undefined;
export const F_OFD_SETLK = constantOfSome('F_OFD_SETLK') as SetLockCommand | undefined;
export const F_OFD_SETLKW = constantOfSome('F_OFD_SETLKW') as SetLockCommand | undefined;
export const F_GETPIPE_SZ = constantOfSome('F_GETPIPE_SZ');
export const F_SETPIPE_SZ = constantOfSome('F_SETPIPE_SZ');

/** poll(2). */
export const POLLIN = constant('POLLIN');
export const POLLPRI = constant('POLLPRI');
export const POLLOUT = constant('POLLOUT');
export const POLLERR = constant('POLLERR');
export const POLLHUP = constant('POLLHUP');
export const POLLNVAL = constant('POLLNVAL');
export const POLLRDNORM = constant('POLLRDNORM');
export const POLLRDBAND = constant('POLLRDBAND');
export const POLLWRNORM = constant('POLLWRNORM');
export const POLLWRBAND = constant('POLLWRBAND');

/** poll(2), on some systems only. */
export const POLLRDHUP = constantOfSome('POLLRDHUP');

/** select(2): one more than the highest descriptor that a set can hold. */
export const FD_SETSIZE = constant('FD_SETSIZE');

/** recv(2), send(2), unix(7). */
export const MSG_OOB = constant('MSG_OOB');
export const MSG_PEEK = constant('MSG_PEEK');
export const MSG_DONTWAIT = constant('MSG_DONTWAIT');
export const MSG_WAITALL = constant('MSG_WAITALL');
export const MSG_NOSIGNAL = constant('MSG_NOSIGNAL');
export const MSG_TRUNC = constant('MSG_TRUNC');
export const MSG_CTRUNC = constant('MSG_CTRUNC');
export const MSG_EOR = constant('MSG_EOR');
export const MSG_CMSG_CLOEXEC = constant('MSG_CMSG_CLOEXEC');
export const SCM_RIGHTS = constant('SCM_RIGHTS');

/** flock(2). */
export const LOCK_SH = constant('LOCK_SH');
export const LOCK_EX = constant('LOCK_EX');
export const LOCK_UN = constant('LOCK_UN');
export const LOCK_NB = constant('LOCK_NB');

/** semop(2), msgrcv(2), svipc(7). */
export const IPC_PRIVATE = constant('IPC_PRIVATE');
export const IPC_CREAT = constant('IPC_CREAT');
export const IPC_EXCL = constant('IPC_EXCL');
export const IPC_NOWAIT = constant('IPC_NOWAIT');
export const IPC_RMID = constant('IPC_RMID');
export const SEM_UNDO = constant('SEM_UNDO');
export const GETVAL = constant('GETVAL');
export const SETVAL = constant('SETVAL');
export const GETPID = constant('GETPID');
export const GETNCNT = constant('GETNCNT');
export const GETZCNT = constant('GETZCNT');
export const MSG_NOERROR = constant('MSG_NOERROR');

/** mmap(2). */
export const PROT_READ = constant('PROT_READ');
export const PROT_WRITE = constant('PROT_WRITE');
export const MAP_SHARED = constant('MAP_SHARED');
export const MAP_PRIVATE = constant('MAP_PRIVATE');
export const MAP_ANONYMOUS = constant('MAP_ANONYMOUS');

/** prctl(2), waitid(2), signalfd(2), memfd_create(2): Linux only. */
export const PR_SET_PDEATHSIG = constantOfSome('PR_SET_PDEATHSIG');
export const PR_GET_PDEATHSIG = constantOfSome('PR_GET_PDEATHSIG');
export const PR_SET_CHILD_SUBREAPER = constantOfSome('PR_SET_CHILD_SUBREAPER');
export const PR_GET_CHILD_SUBREAPER = constantOfSome('PR_GET_CHILD_SUBREAPER');
export const P_PIDFD = constantOfSome('P_PIDFD');
export const SFD_CLOEXEC = constantOfSome('SFD_CLOEXEC');
export const SFD_NONBLOCK = constantOfSome('SFD_NONBLOCK');
export const MFD_CLOEXEC = constantOfSome('MFD_CLOEXEC');
export const MFD_ALLOW_SEALING = constantOfSome('MFD_ALLOW_SEALING');
export const SIGNALFD_SIGINFO_SIZE = constantOfSome('SIGNALFD_SIGINFO_SIZE');

/** procctl(2): FreeBSD only. */
export const PROC_PDEATHSIG_CTL = constantOfSome('PROC_PDEATHSIG_CTL');
export const PROC_PDEATHSIG_STATUS = constantOfSome('PROC_PDEATHSIG_STATUS');
export const PROC_REAP_ACQUIRE = constantOfSome('PROC_REAP_ACQUIRE');
export const PROC_REAP_RELEASE = constantOfSome('PROC_REAP_RELEASE');
