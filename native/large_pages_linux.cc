// fork(2) copies the entry of each page of private memory, and exit frees it: each costs twice the
// time where every page stands by itself, as all of V8's do in 256 KiB chunks. Pages that are parts
// of one large page (a folio) are taken many at a time, also when they are mapped far from each
// other. The kernel makes large pages only of 2 MiB of adjacent addresses, which V8's chunks are
// not. So a chunk is copied to a part of a large page, and that part is moved to the chunk's
// address: private anonymous memory as before, with the same content.
#include <linux/mman.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "large_pages.h"

namespace realfork::platform {
namespace {

struct Mapping {
  uintptr_t from = 0;
  uintptr_t to = 0;
  bool plain = false;  // private anonymous memory to read and write, without a name
  bool heap = false;   // malloc's, from brk(2)

  [[nodiscard]] size_t size() const { return to - from; }
};

// NOLINTNEXTLINE(performance-no-int-to-ptr): addresses as /proc gives them
char* at(uintptr_t address) { return reinterpret_cast<char*>(address); }

// A line of proc_pid_maps(5): FROM-TO PERMISSIONS OFFSET DEVICE INODE [NAME].
bool parse(const char* line, Mapping* mapping) {
  char* end = nullptr;
  mapping->from = strtoul(line, &end, 16);
  if (*end != '-') return false;
  mapping->to = strtoul(end + 1, &end, 16);
  constexpr const char* kPlain = " rw-p 00000000 00:00 0";
  mapping->plain = strncmp(end, kPlain, strlen(kPlain)) == 0;
  mapping->heap = strstr(end, "[heap]") != nullptr;
  if (mapping->plain) {
    const char* rest = end + strlen(kPlain);
    mapping->plain = rest[strspn(rest, " \n")] == '\0';
  }
  return true;
}

std::vector<Mapping> mappings() {
  std::vector<Mapping> found;
  const std::unique_ptr<FILE, int (*)(FILE*)> maps(fopen("/proc/self/maps", "re"), fclose);
  if (!maps) return found;
  std::array<char, 4096> line{};
  Mapping mapping;
  while (fgets(line.data(), line.size(), maps.get()) != nullptr) {
    if (parse(line.data(), &mapping)) found.push_back(mapping);
  }
  return found;
}

// Bytes of it that are in memory. On large pages all of it will be.
size_t resident(const Mapping& mapping) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages(mapping.size() / page);
  if (mincore(at(mapping.from), mapping.size(), pages.data()) == -1) return 0;
  const auto in = [](unsigned char status) { return (status & 1) != 0; };
  return static_cast<size_t>(std::count_if(pages.begin(), pages.end(), in)) * page;
}

// V8 has its heap in chunks that begin at multiples of this (kPageSizeBits of its globals.h), each
// at a random address, of this size, or of as much as one large object needs. Memory of WebAssembly
// and of buffers, to which others may write, has what is reserved for it to grow into beside it; so
// have the heaps of malloc's arenas.
constexpr size_t kChunk = 256UL * 1024;

std::vector<Mapping> chunks(const std::vector<Mapping>& all) {
  std::vector<Mapping> found;
  for (size_t i = 1; i + 1 < all.size(); ++i) {
    const Mapping& mapping = all[i];
    const bool alone = all[i - 1].to != mapping.from && all[i + 1].from != mapping.to;
    const bool shaped = mapping.from % kChunk == 0 && mapping.size() >= kChunk / 2;
    if (!mapping.plain || !alone || !shaped) continue;
    if (resident(mapping) == mapping.size()) found.push_back(mapping);
  }
  return found;
}

// The size of a large page, or 0 where the kernel has none.
size_t large_size() {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(
      fopen("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "re"), fclose);
  std::array<char, 32> text{};
  if (!file || fgets(text.data(), text.size(), file.get()) == nullptr) return 0;
  return strtoul(text.data(), nullptr, 10);
}

long faults() {
  struct rusage usage {};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_minflt;
}

// Parts of large pages, to be had one after the other.
class LargePages {
 public:
  explicit LargePages(size_t size) : size_(size) {}
  ~LargePages() { drop_rest(); }
  LargePages(const LargePages&) = delete;
  LargePages& operator=(const LargePages&) = delete;

  /** So much, or nullptr where the kernel gives no large page. */
  char* take(size_t wanted) {
    if (wanted > size_) return nullptr;
    if (wanted > left_ && !next_page()) return nullptr;
    char* taken = rest_;
    rest_ += wanted;
    left_ -= wanted;
    return taken;
  }

 private:
  void drop_rest() {
    if (left_ > 0) munmap(rest_, left_);
    left_ = 0;
  }

  bool next_page() {
    drop_rest();
    void* mapped =
        mmap(nullptr, 2 * size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return false;
    char* start = static_cast<char*>(mapped);
    const size_t before = (size_ - reinterpret_cast<uintptr_t>(start) % size_) % size_;
    if (before > 0) munmap(start, before);
    munmap(start + before + size_, size_ - before);
    rest_ = start + before;
    left_ = size_;
    if (madvise(rest_, size_, MADV_HUGEPAGE) == 0 && is_large()) return true;
    drop_rest();
    return false;
  }

  // Its first two small pages come with one page fault.
  bool is_large() {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const long before = faults();
    for (size_t i = 0; i < 2; ++i) *static_cast<volatile char*>(rest_ + i * page) = 0;
    return faults() - before == 1;
  }

  const size_t size_;
  char* rest_ = nullptr;
  size_t left_ = 0;
};

// mremap(2) unmaps what is at the target first, and may then still fail, for want of memory for
// page tables. The copy is where it was, and goes to its place the slow way.
void put_back(char* copy, char* target, size_t size) {
  void* again =
      mmap(target, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (again == MAP_FAILED) {
    static_cast<void>(
        fputs("realfork: mremap(2) and mmap(2) failed: a part of V8's heap is lost\n", stderr));
    abort();
  }
  memcpy(target, copy, size);
  munmap(copy, size);
}

bool gather(const Mapping& chunk, LargePages* pages) {
  char* target = at(chunk.from);
  char* copy = pages->take(chunk.size());
  if (copy == nullptr) return false;
  memcpy(copy, target, chunk.size());
  if (mremap(copy, chunk.size(), chunk.size(), MREMAP_MAYMOVE | MREMAP_FIXED, target) !=
      MAP_FAILED) {
    return true;
  }
  put_back(copy, target, chunk.size());
  return false;
}

// How much one call gathers: some 50 ms.
constexpr size_t kMost = 16UL * 1024 * 1024;

#ifdef MADV_COLLAPSE  // Linux 6.1

// malloc's heap as one range of addresses, which it is if nothing has been mapped over it.
Mapping malloc_heap(const std::vector<Mapping>& all) {
  Mapping heap;
  for (const Mapping& mapping : all) {
    if (!mapping.heap) continue;
    if (heap.to != mapping.from) heap.from = mapping.from;
    heap.to = mapping.to;
  }
  return heap;
}

// Blocks of malloc's that make its heap reach up to an address for as long as they are there.
std::vector<std::unique_ptr<char[]>> reach_up_to(uintptr_t address, size_t large) {
  constexpr size_t kBlock = 64UL * 1024;  // below what malloc maps by itself (M_MMAP_THRESHOLD)
  const auto end = [] { return reinterpret_cast<uintptr_t>(sbrk(0)); };
  std::vector<std::unique_ptr<char[]>> blocks;
  while (end() < address && blocks.size() < large / kBlock) {
    blocks.push_back(std::make_unique_for_overwrite<char[]>(kBlock));
  }
  return blocks;
}

// malloc's heap has adjacent addresses, so the kernel can put it on large pages, whatever other
// threads do meanwhile: from the first multiple of a large page's size in it, up to its end, for
// which it must reach to the next multiple.
void gather_malloc_heap(const std::vector<Mapping>& all, size_t large) {
  const Mapping heap = malloc_heap(all);
  const uintptr_t from = (heap.from + large - 1) / large * large;
  if (heap.to < from + large / 4) return;
  const size_t wanted = (heap.to - from + large - 1) / large * large;
  const uintptr_t to = from + std::min(wanted, kMost);
  const auto blocks = reach_up_to(to, large);
  for (Mapping page{from, from + large}; page.to <= to; page.from = page.to, page.to += large) {
    // Refused where no large page is to be had: the heap stays as it is.
    if (resident(page) >= large / 4) madvise(at(page.from), large, MADV_COLLAPSE);
  }
}

#else

void gather_malloc_heap(const std::vector<Mapping>&, size_t) {}

#endif

}  // namespace

bool gather_heap() {
  static uintptr_t done = 0;  // where the last call ended
  const size_t large = large_size();
  if (large == 0) return false;
  const std::vector<Mapping> all = mappings();
  if (done == 0) gather_malloc_heap(all, large);
  LargePages pages(large);
  size_t moved = 0;
  for (const Mapping& chunk : chunks(all)) {
    if (chunk.from < done) continue;
    if (moved >= kMost) {
      done = chunk.from;
      return true;
    }
    if (!gather(chunk, &pages)) break;
    moved += chunk.size();
  }
  done = 0;
  return false;
}

}  // namespace realfork::platform
