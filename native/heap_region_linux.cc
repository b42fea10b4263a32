// A library to be preloaded (ld.so(8), LD_PRELOAD) into a Node that is going to fork: V8's heap in
// one region of adjacent addresses, on large pages. It is no addon, and knows nothing of V8 but how
// it asks for memory.
//
// V8 asks for each 256 KiB chunk of its heap at a random address: so each has a mapping of its own,
// and page tables of its own at three levels, which every fork(2) copies and every child frees.
// Here the hint is left out of account, and the chunk comes from the region. Objects of more than
// 2 MiB have mappings of their own, which begin at a large page here. See docs/performance.md. What
// anybody else maps, or advises, goes to the kernel as it is.
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "heap_region.h"

namespace {

using realfork::HeapRegion;

// What V8's chunks are multiples of and aligned to (kPageSizeBits of its globals.h).
constexpr size_t kSlot = 256UL * 1024;
constexpr size_t kLargePage = 2UL * 1024 * 1024;
// As much as V8's heap may grow to by default, 4 GiB. More than this of small chunks goes where it
// always went. Address space, not memory.
constexpr size_t kSlots = 16384;
constexpr size_t kSize = kSlots * kSlot;
// Larger ones are V8's large objects and what it reserves to grow into.
constexpr size_t kMost = 2UL * 1024 * 1024;

// What mmap() is where no library stands before the one of C.
void* system_mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): syscall(2) returns a long
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, fd, offset));
}

int system_munmap(void* address, size_t size) {
  return static_cast<int>(syscall(SYS_munmap, address, size));
}

int system_mprotect(void* address, size_t size, int protection) {
  return static_cast<int>(syscall(SYS_mprotect, address, size, protection));
}

int system_madvise(void* address, size_t size, int advice) {
  return static_cast<int>(syscall(SYS_madvise, address, size, advice));
}

// Not where the kernel's large pages are larger, by a table of a page: the first chunk would take
// 512 MiB where a page has 64 KiB.
void advise_large(void* address, size_t size) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  if (page / sizeof(uint64_t) * page == kLargePage) system_madvise(address, size, MADV_HUGEPAGE);
}

size_t rounded(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

// Where the kernel promises no more memory than there is (vm.overcommit_memory=2, proc(5)) it
// counts address space that may be written to, and all of it once more for each child.
bool is_address_space_memory() {
  const int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);
  if (fd == -1) return false;
  char mode = '0';
  const bool is_read = read(fd, &mode, 1) == 1;
  close(fd);
  return is_read && mode == '2';
}

// The region, and how many pages of each slot are in use. V8's threads take and give back at once;
// a lock could be held by one of them when another forks, so there is none.
class Region {
 public:
  // Before main() and the first thread.
  void reserve() {
    page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    if (is_address_space_memory()) return;
    void* mapped = system_mmap(nullptr, kSize + kLargePage, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) return;  // all goes where it always went
    char* start = static_cast<char*>(mapped);
    const size_t before = rounded(reinterpret_cast<uintptr_t>(start), kLargePage) -
                          reinterpret_cast<uintptr_t>(start);
    if (before > 0) system_munmap(start, before);
    system_munmap(start + before + kSize, kLargePage - before);
    start_ = start + before;
    // Refused by a kernel without large pages: then it is a region of small ones.
    advise_large(start_ + kLargePage, kSize - kLargePage);
  }

  // The part that is on large pages.
  [[nodiscard]] HeapRegion on_large_pages() const {
    if (start_ == nullptr) return {};
    return {start_ + kLargePage, kSize - kLargePage};
  }

  [[nodiscard]] bool holds(const void* address) const {
    const auto* at = static_cast<const char*>(address);
    return start_ != nullptr && at >= start_ && at < start_ + kSize;
  }

  // Adjacent slots for so many bytes, readable and writable and full of zeros; nullptr if there are
  // none. First fit from below: what is in use stays together. `for_use`: without another call.
  //
  // The first that V8 takes is for what it will only read, a few pages, and will protect. So it is
  // before the large pages: it would part one, whose 512 pages each fork would copy one by one.
  char* take(size_t size, bool for_use) {
    if (start_ == nullptr) return nullptr;
    const size_t pages = rounded(size, page_) / page_;
    const size_t slots = rounded(size, kSlot) / kSlot;
    const bool is_first = !any_taken_.exchange(true);
    for (size_t first = is_first ? 0 : kLargePage / kSlot; first + slots <= kSlots; ++first) {
      if (!claim(first, slots, pages)) continue;
      char* taken = start_ + first * kSlot;
      // What V8 asks for beyond what it needs, to have it aligned, it will not use.
      const size_t slack = kSlot - page_;
      if (for_use) touch(taken, std::max(size - slack, page_));
      return taken;
    }
    return nullptr;
  }

  // V8 may use this part of what it took from now on.
  void touch(const void* address, size_t size) {
    const size_t from = offset(address);
    for (size_t slot = from / kSlot; slot < kSlots && slot * kSlot < from + size; ++slot) {
      touched_.at(slot) = true;
    }
  }

  // Any part of what was taken. A slot's memory goes back to the system when all of the slot is
  // given back, and only if V8 has used any of this: else the large page would be parted for
  // nothing. V8 takes a chunk and a half, and gives back at once what it does not need to have it
  // aligned.
  void give_back(const char* address, size_t size) {
    const size_t from = offset(address);
    const size_t to = from + rounded(size, page_);
    bool used = false;
    for (size_t slot = from / kSlot; slot * kSlot < to; ++slot) used = used || touched_.at(slot);
    for (size_t at = from; at < to;) {
      const size_t slot = at / kSlot;
      const size_t end = std::min((slot + 1) * kSlot, to);
      const auto pages = static_cast<uint16_t>((end - at) / page_);
      at = end;
      // Clean before it is free: the next that takes it expects zeros, and that it may write.
      if (used && used_.at(slot) == pages && !clean(slot)) continue;
      used_.at(slot).fetch_sub(pages);
    }
  }

 private:
  //   thread 1: take slots 7, 8                 thread 2: take slots 8
  //     7: 0 → 64
  //                                               8: 0 → 63
  //     8: not 0. 7: 64 → 0, on to the next
  bool claim(size_t first, size_t slots, size_t pages) {
    const size_t pages_of_slot = kSlot / page_;
    for (size_t i = 0; i < slots; ++i) {
      uint16_t none = 0;
      const size_t here = std::min(pages_of_slot, pages - i * pages_of_slot);
      if (used_.at(first + i).compare_exchange_strong(none, static_cast<uint16_t>(here))) continue;
      while (i-- > 0) used_.at(first + i) = 0;
      return false;
    }
    return true;
  }

  [[nodiscard]] size_t offset(const void* address) const {
    return static_cast<size_t>(static_cast<const char*>(address) - start_);
  }

  // V8 may have protected a part of it. False where that stays so (mprotect is refused, or there
  // are too many mappings): then the slot is nobody's from here on.
  bool clean(size_t slot) {
    char* start = start_ + slot * kSlot;
    if (system_mprotect(start, kSlot, PROT_READ | PROT_WRITE) != 0) return false;
    touched_.at(slot) = false;
    system_madvise(start, kSlot, MADV_DONTNEED);
    return true;
  }

  char* start_ = nullptr;
  size_t page_ = 0;
  std::atomic<bool> any_taken_ = false;
  std::array<std::atomic<uint16_t>, kSlots> used_{};
  std::array<std::atomic<bool>, kSlots> touched_{};
};

constinit Region region;

// The file that V8 is in, node or libnode.so, as it is in memory: who calls from there is V8, or
// Node.
class NodesCode {
 public:
  // Before main(), with every library in its place.
  void find() {
    const void* known = dlsym(RTLD_DEFAULT, "napi_create_object");
    if (known == nullptr) return;
    Search search{reinterpret_cast<uintptr_t>(known), {}};
    dl_iterate_phdr(
        [](dl_phdr_info* file, size_t, void* data) {
          auto* looked_for = static_cast<Search*>(data);
          const Range range = range_of(*file);
          if (!range.holds(looked_for->known)) return 0;
          looked_for->found = range;
          return 1;
        },
        &search);
    range_ = search.found;
  }

  [[nodiscard]] bool holds(const void* address) const {
    return range_.holds(reinterpret_cast<uintptr_t>(address));
  }

 private:
  struct Range {
    uintptr_t from = UINTPTR_MAX;
    uintptr_t to = 0;

    [[nodiscard]] bool holds(uintptr_t address) const { return address >= from && address < to; }
  };

  struct Search {
    uintptr_t known;
    Range found;
  };

  static Range range_of(const dl_phdr_info& file) {
    Range range;
    for (size_t i = 0; i < file.dlpi_phnum; ++i) {
      const auto& part = file.dlpi_phdr[i];
      if (part.p_type != PT_LOAD) continue;
      const uintptr_t from = file.dlpi_addr + part.p_vaddr;
      range.from = std::min(range.from, from);
      range.to = std::max(range.to, from + part.p_memsz);
    }
    return range;
  }

  Range range_;
};

constinit NodesCode nodes_code;

// What this thread has mapped last, if Node's code asked for it. V8 advises what it has just
// mapped.
constinit thread_local const void* mapped_by_v8 [[gnu::tls_model("initial-exec")]] = nullptr;

constexpr const char* kBefore = "REALFORK_LD_PRELOAD";

// The library is for this process only, not for the programs that it starts.
void restore_environment() {
  const char* before = getenv(kBefore);
  if (before != nullptr && *before != '\0') {
    setenv("LD_PRELOAD", before, 1);
  } else {
    unsetenv("LD_PRELOAD");
  }
  unsetenv(kBefore);
}

// Not one for each of V8's workers, with two mappings each. musl's malloc has no arenas.
void use_one_arena() {
#ifdef M_ARENA_MAX
  mallopt(M_ARENA_MAX, 1);
#endif
}

// What malloc takes from here on (brk(2)) begins at a large page, and so can be on large pages to
// the last byte: large_pages_linux.cc.
void align_malloc_heap() {
  const auto end = reinterpret_cast<uintptr_t>(sbrk(0));
  // Refused where RLIMIT_DATA is small: then it begins where it would have.
  sbrk(static_cast<intptr_t>(rounded(end, kLargePage) - end));
}

}  // namespace

#define REPLACES extern "C" __attribute__((visibility("default")))

REPLACES realfork::HeapRegion realfork_heap_region;
realfork::HeapRegion realfork_heap_region;

namespace {

[[gnu::constructor]] void begin() {
  restore_environment();
  use_one_arena();
  align_malloc_heap();
  nodes_code.find();
  region.reserve();
  realfork_heap_region = region.on_large_pages();
}

// V8 asks for a chunk at an address of its choice: Node 20 and 22 without access, and let in what
// they need (mprotect) then; Node 24 and 26 with all access. Here it is readable and writable in
// any case.
bool is_of_heap(const void* hint, size_t size, int protection, int flags, int fd) {
  constexpr int kWanted = MAP_PRIVATE | MAP_ANONYMOUS;
  return hint != nullptr && size >= kSlot && fd == -1 &&
         (protection == PROT_NONE || protection == (PROT_READ | PROT_WRITE)) &&
         (flags & (kWanted | MAP_FIXED | MAP_FIXED_NOREPLACE)) == kWanted;
}

// Of a large object as many pages as can be are parts of large ones. What V8 reserves for code it
// lets in with another protection.
void advise_large_object(void* address, size_t size, int protection) {
  if (size > kMost && protection == (PROT_READ | PROT_WRITE)) advise_large(address, size);
}

}  // namespace

// The parameters of <sys/mman.h> have reserved names.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)

// The name that a program with offsets of 64 bits is linked with.
#ifdef __GLIBC__
#define MMAP mmap64
#else
#define MMAP mmap
#endif

REPLACES void* MMAP(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
  const bool for_node = nodes_code.holds(__builtin_return_address(0));
  const bool for_heap = for_node && is_of_heap(address, size, protection, flags, fd);
  void* mapped = nullptr;
  if (for_heap && size <= kMost) mapped = region.take(size, protection != PROT_NONE);
  if (mapped == nullptr) {
    void* hint = address;
    if (for_heap && size > kMost) {
      hint = static_cast<char*>(address) - reinterpret_cast<uintptr_t>(address) % kLargePage;
    }
    mapped = system_mmap(hint, size, protection, flags, fd, offset);
    if (for_heap && mapped != MAP_FAILED) advise_large_object(mapped, size, protection);
  }
  mapped_by_v8 = for_node ? mapped : nullptr;
  return mapped;
}

REPLACES int munmap(void* address, size_t size) {
  if (!region.holds(address)) return system_munmap(address, size);
  region.give_back(static_cast<char*>(address), size);
  return 0;
}

REPLACES int mprotect(void* address, size_t size, int protection) {
  if (protection != PROT_NONE && region.holds(address)) region.touch(address, size);
  const int result = system_mprotect(address, size, protection);
  if (result == 0 && nodes_code.holds(__builtin_return_address(0))) {
    advise_large_object(address, size, protection);
  }
  return result;
}

// V8 keeps its heap from children (MADV_DONTFORK), chunk by chunk. Done, and undone before each
// fork, it would part the region into as many mappings, and none of them would have a large page.
// What another library keeps from children (memory that a device writes to) stays so: fork() does
// not undo it here.
REPLACES int madvise(void* address, size_t size, int advice) {
  if (advice == MADV_DONTFORK && address == mapped_by_v8 &&
      nodes_code.holds(__builtin_return_address(0))) {
    return 0;
  }
  return system_madvise(address, size, advice);
}

// NOLINTEND(readability-inconsistent-declaration-parameter-name)
