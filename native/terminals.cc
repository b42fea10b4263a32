// openpty(3), login_tty(3). From POSIX's calls, so that no library beside the C library is needed.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"

namespace realfork {
namespace {

// A descriptor that is closed if it is not released.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ != -1) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

}  // namespace

Napi::Value call_openpty(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "openpty");
  const Napi::Env env = info.Env();
  struct winsize size {};
  const bool sized = arguments.given(0);
  if (sized) {
    const Napi::Object object = arguments.object(0, "winsize");
    size.ws_row =
        static_cast<uint16_t>(arguments.field(object, "winsize", "ws_row", 0, UINT16_MAX));
    size.ws_col =
        static_cast<uint16_t>(arguments.field(object, "winsize", "ws_col", 0, UINT16_MAX));
  }
  if (!arguments.ok()) return env.Undefined();
  run_recorded_signals();
  Descriptor master(::posix_openpt(O_RDWR | O_NOCTTY));
  if (master.get() == -1) return number(env, -errno);
  std::array<char, 128> name{};
  if (::grantpt(master.get()) == -1 || ::unlockpt(master.get()) == -1) return number(env, -errno);
  if (const int failure = ::ptsname_r(master.get(), name.data(), name.size()); failure != 0) {
    return number(env, failure == -1 ? -errno : -failure);
  }
  Descriptor slave(::open(name.data(), O_RDWR | O_NOCTTY));
  if (slave.get() == -1) return number(env, -errno);
  if (sized && ::ioctl(slave.get(), TIOCSWINSZ, &size) == -1) return number(env, -errno);
  Napi::Object result = Napi::Object::New(env);
  result.Set("master", number(env, master.release()));
  result.Set("slave", number(env, slave.release()));
  result.Set("name", Napi::String::New(env, name.data()));
  return result;
}

Napi::Value call_login_tty(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "login_tty");
  const int fd = arguments.integer(0, "fd");
  if (!arguments.ok()) return info.Env().Undefined();
  const int result = interruptible([&] {
    if (::setsid() == -1 || ::ioctl(fd, TIOCSCTTY, 0) == -1) return -1;
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      if (::dup2(fd, standard) == -1) return -1;
    }
    return fd > STDERR_FILENO ? ::close(fd) : 0;
  });
  return number(info.Env(), result);
}

}  // namespace realfork
