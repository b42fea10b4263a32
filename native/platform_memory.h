// Protection of memory, as the kernel has it. Part of both addons: it keeps no state.
#ifndef REALFORK_PLATFORM_MEMORY_H_
#define REALFORK_PLATFORM_MEMORY_H_

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <optional>

namespace realfork {

namespace platform {

/** PROT_READ and the rest, of the mapping that has this address. Nothing if it cannot be told. */
std::optional<int> protection_of(const void* address);

}  // namespace platform

/** For as long as it lives the page of an address may be written to; then it is as it was. */
class WritablePage {
 public:
  WritablePage(void* address, int protection) : before_(protection) {
    size_ = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    page_ = static_cast<char*>(address) - reinterpret_cast<uintptr_t>(address) % size_;
    ok_ = mprotect(page_, size_, before_ | PROT_WRITE) == 0;
  }
  ~WritablePage() {
    if (ok_) mprotect(page_, size_, before_);
  }
  WritablePage(const WritablePage&) = delete;
  WritablePage& operator=(const WritablePage&) = delete;

  bool ok() const { return ok_; }

 private:
  char* page_;
  uintptr_t size_;
  int before_;
  bool ok_;
};

}  // namespace realfork

#endif  // REALFORK_PLATFORM_MEMORY_H_
