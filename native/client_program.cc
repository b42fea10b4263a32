// A program that a server starts for each client, with the connection as its standard input and
// output: what posix_spawn(3) does, and what that has no attribute for: limits, an alarm, a file
// that the child writes about itself. Nothing of this process is copied for it (vfork(2)), so it
// costs the same however large that is, and whichever threads it has.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <limits>
#include <memory>
#include <optional>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "limits.h"
#include "platform.h"
#include "results.h"
#include "signal_sets.h"
#include "string_lists.h"

namespace realfork {
namespace {

/** What is the same for each client. */
struct Program {
  std::string path;
  std::vector<std::string> argv;
  std::vector<std::string> envp;
  /** To the strings of envp. */
  std::vector<char*> envp_pointers;
  /** Signals that do in the program what they do by default, whether this process ignores them or
   * not. */
  sigset_t defaults{};
  std::optional<struct rlimit> descriptors;
  /** The child writes this text to this file; an empty path: to none. */
  std::string about_path;
  std::string about_text;
};

/** One start of it. The child shares the memory, and says by `call` and `failure` why it came to
 * nothing. */
struct Start {
  Start(const Program& of, char* const* arguments, char* const* environment, int fd, unsigned limit,
        const sigset_t& blocked)
      : program(of),
        argv(arguments),
        envp(environment),
        connfd(fd),
        seconds(limit),
        mask(blocked) {}

  const Program& program;
  char* const* argv;
  char* const* envp;
  int connfd;
  unsigned seconds;
  const sigset_t& mask;
  const char* volatile call = nullptr;
  volatile int failure = 0;
};

// What follows runs in the child, in the memory and on the stack of this thread, which waits: only
// async-signal-safe calls, and nothing of this process is changed but `start`.

[[noreturn]] void give_up(Start& start, const char* call) {
  start.failure = errno;
  start.call = call;
  _exit(127);
}

// A handler that ran here would run in the parent's memory, as the parent. exec(2) resets them, but
// the mask has to be right before it:
//
//   child: mask is that of the program
//     <- SIGTERM comes for the child's group
//   the parent's handler runs in the child
void reset_signals(const Start& start) {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int signo = 1; signo < platform::kSignalCount; ++signo) {
    struct sigaction now {};
    if (platform::kernel_sigaction(signo, nullptr, &now) != 0)
      continue;  // the C library keeps two for itself
    const bool is_handled = now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN;
    if (is_handled || sigismember(&start.program.defaults, signo) == 1) {
      platform::kernel_sigaction(signo, &by_default, nullptr);
    }
  }
  pthread_sigmask(SIG_SETMASK, &start.mask, nullptr);
}

void take_descriptors(Start& start) {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) {
    if (fd != start.connfd && dup2(start.connfd, fd) == -1) give_up(start, "dup2");
  }
  // Node marks them all close-on-exec at its start; dup2 has unmarked its own.
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) fcntl(fd, F_SETFD, 0);
}

// As far as it can: the client is served all the same.
void write_about(const Program& program) {
  if (program.about_path.empty()) return;
  const int fd = open(program.about_path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd == -1) return;
  [[maybe_unused]] const ssize_t written =
      write(fd, program.about_text.data(), program.about_text.size());
  close(fd);
}

[[noreturn]] void become(Start& start) {
  const Program& program = start.program;
  setpgid(0, 0);
  take_descriptors(start);
  write_about(program);
  if (program.descriptors && setrlimit(RLIMIT_NOFILE, &*program.descriptors) == -1) {
    give_up(start, "setrlimit");
  }
  if (start.seconds > 0) alarm(start.seconds);  // it lasts over exec. alarm(2)
  reset_signals(start);
  execve(program.path.c_str(), start.argv, start.envp);
  give_up(start, "execve");
}

// The child's pid, or -1: there is none, and `start` says why.
pid_t run(Start& start) {
  const AllSignalsBlocked blocked;
  // posix_spawn(3), which does this too, has no limits and no alarm. What POSIX forbids in the
  // child, any call but exec and _exit, Linux and FreeBSD allow.
  const pid_t pid = vfork();    // NOLINT(clang-analyzer-security.insecureAPI.vfork)
  if (pid == 0) become(start);  // NOLINT(clang-analyzer-unix.Vfork)
  if (pid == -1) {
    start.failure = errno;
    start.call = "vfork";
    return -1;
  }
  if (start.call == nullptr) return pid;
  while (waitpid(pid, nullptr, 0) == -1 && errno == EINTR) continue;
  return -1;
}

// start(connfd, environment, seconds, sigmask)
Napi::Value start_program(const Napi::CallbackInfo& info) {
  Program& program = *static_cast<Program*>(info.Data());
  Arguments arguments(info, "start");
  const int connfd = arguments.integer(0, "connfd");
  std::vector<std::string> environment = arguments.texts(1, "environment");
  const auto seconds =
      static_cast<unsigned>(arguments.integer(2, "seconds", 0, std::numeric_limits<int>::max()));
  const sigset_t mask = signal_set(arguments, arguments.value(3), "sigmask");
  if (!arguments.ok()) return info.Env().Undefined();
  const std::vector<char*> argv = pointers(program.argv);
  // What all clients have is not copied for each.
  std::vector<char*> envp = pointers(environment);
  envp.insert(envp.begin(), program.envp_pointers.begin(), program.envp_pointers.end());
  run_recorded_signals();
  Start start(program, argv.data(), envp.data(), connfd, seconds, mask);
  const pid_t pid = run(start);
  if (pid != -1) return number(info.Env(), pid);
  Napi::Object failure = Napi::Object::New(info.Env());
  failure.Set("call", Napi::String::New(info.Env(), start.call));
  failure.Set("errno", Napi::Number::New(info.Env(), start.failure));
  return failure;
}

void read_attributes(Arguments& arguments, Napi::Object object, Program& program) {
  const char* const name = "attributes";
  arguments.only(object, name, {"sigdefault", "descriptors", "about"});
  program.defaults =
      signal_set(arguments, arguments.property(object, "sigdefault"), "attributes.sigdefault");
  if (const Napi::Value value = arguments.property(object, "descriptors"); !value.IsUndefined()) {
    const Napi::Object limit = arguments.object_of(value, "attributes.descriptors");
    if (arguments.ok()) program.descriptors = limit_of(arguments, limit, "attributes.descriptors");
  }
  if (const Napi::Value value = arguments.property(object, "about"); !value.IsUndefined()) {
    const Napi::Object about = arguments.object_of(value, "attributes.about");
    if (!arguments.ok()) return;
    program.about_path = arguments.text_field(about, "attributes.about", "path");
    program.about_text = arguments.text_field(about, "attributes.about", "text");
  }
}

}  // namespace

// prepareProgram(path, argv, envp, attributes): the function that starts it for a client.
Napi::Value call_prepare_program(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "prepareProgram");
  auto program = std::make_unique<Program>();
  program->path = arguments.text(0, "path");
  program->argv = arguments.texts(1, "argv");
  program->envp = arguments.texts(2, "envp");
  for (std::string& entry : program->envp) program->envp_pointers.push_back(entry.data());
  const Napi::Object attributes = arguments.object(3, "attributes");
  if (arguments.ok()) read_attributes(arguments, attributes, *program);
  if (!arguments.ok()) return info.Env().Undefined();
  Program* const kept = program.release();
  const Napi::Function start = Napi::Function::New(info.Env(), start_program, "start", kept);
  start.AddFinalizer([](Napi::Env, Program* data) { delete data; }, kept);
  return start;
}

}  // namespace realfork
