// Memory of our own between the kernel and JavaScript's buffers.
#ifndef REALFORK_TRANSFER_H_
#define REALFORK_TRANSFER_H_

#include <sys/uio.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "arguments.h"

namespace realfork {

// The kernel reads or fills it while a signal handler may run. The handler is JavaScript: it could
// detach the caller's ArrayBuffer (structuredClone, postMessage, transfer) and have its memory
// freed under the call.
class Transfer {
 public:
  explicit Transfer(size_t length) {
    if (length > small_.size()) large_ = std::make_unique_for_overwrite<uint8_t[]>(length);
  }
  uint8_t* data() { return large_ ? large_.get() : small_.data(); }

 private:
  std::array<uint8_t, 8192>
      small_;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled before use
  std::unique_ptr<uint8_t[]> large_;
};

/** Bytes that one call is asked for: an explicit count may not reach past the end of the buffer. */
size_t count_or_all(Arguments& arguments, size_t index, size_t length);

/**
 * Copies what a call has received into the buffer that it is for, which is looked at again:
 * JavaScript may have run. False, and an exception, if it can take it no more.
 */
bool deliver(Arguments& arguments, Napi::Value buffer, const char* name, const uint8_t* data,
             size_t count);

/** What a call sends: text as UTF-8, or the bytes of a view; copied out of JavaScript's reach. */
class Outgoing {
 public:
  Outgoing(Arguments& arguments, size_t index, const char* name);
  const uint8_t* data() { return reinterpret_cast<const uint8_t*>(bytes_.data()); }
  size_t length() const { return bytes_.size(); }

 private:
  std::string bytes_;
};

/** The buffers of readv(2), writev(2), recvmsg(2), sendmsg(2), one after the other in one piece. */
class Segments {
 public:
  /** For receiving: views. For sending: views or text, whose bytes it holds. */
  enum class For { kReceiving, kSending };
  Segments(Arguments& arguments, Napi::Array buffers, const std::string& name, For purpose);

  struct iovec* iov() {
    return iov_.data();
  }
  size_t count() const { return iov_.size(); }
  /** Copies the first `count` bytes received into the buffers, in their order. */
  bool deliver_all(Arguments& arguments, size_t count);

 private:
  std::string name_;
  std::vector<Napi::Value> values_;
  std::vector<uint8_t> memory_;
  std::vector<struct iovec> iov_;
};

}  // namespace realfork

#endif  // REALFORK_TRANSFER_H_
