// fork(2) copies the entry of each page of private memory, and exit frees it: each costs twice the
// time where every page stands by itself. Pages that are parts of one large page (a folio) are
// taken many at a time. malloc's heap has adjacent addresses, so the kernel can put it on large
// pages, where it is, whatever other threads do meanwhile. V8's is in a region that is on them
// from the start, heap_region_linux.cc, and is put on them again.
#include <linux/mman.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "heap_region.h"
#include "large_pages.h"

namespace realfork::platform {

#ifdef MADV_COLLAPSE  // Linux 6.1

namespace {

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

struct Range {
  uintptr_t from = 0;
  uintptr_t to = 0;
};

// NOLINTNEXTLINE(performance-no-int-to-ptr): addresses as /proc gives them
char* at(uintptr_t address) { return reinterpret_cast<char*>(address); }

// malloc's heap (brk(2)) as one range of addresses, which it is if nothing has been mapped over it:
// the lines of proc_pid_maps(5), FROM-TO PERMISSIONS OFFSET DEVICE INODE [heap].
Range malloc_heap() {
  Range heap;
  const File maps(fopen("/proc/self/maps", "re"), fclose);
  if (!maps) return heap;
  std::array<char, 4096> line{};
  while (fgets(line.data(), line.size(), maps.get()) != nullptr) {
    if (strstr(line.data(), "[heap]") == nullptr) continue;
    char* end = nullptr;
    const uintptr_t from = strtoul(line.data(), &end, 16);
    if (heap.to != from) heap.from = from;
    heap.to = strtoul(end + 1, nullptr, 16);
  }
  return heap;
}

// Bytes of it that are in memory. On large pages all of it will be.
size_t resident(const Range& range) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t size = range.to - range.from;
  std::vector<unsigned char> pages(size / page);
  if (mincore(at(range.from), size, pages.data()) == -1) return 0;
  const auto in = [](unsigned char status) { return (status & 1) != 0; };
  return static_cast<size_t>(std::count_if(pages.begin(), pages.end(), in)) * page;
}

// 32 MiB where a page has 16 KiB, 512 MiB where it has 64: more memory than the heap is worth.
constexpr size_t kLargest = 2UL * 1024 * 1024;

// The size of a large page, or 0 where the kernel has none.
size_t large_size() {
  const File file(fopen("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "re"), fclose);
  std::array<char, 32> text{};
  if (!file || fgets(text.data(), text.size(), file.get()) == nullptr) return 0;
  return strtoul(text.data(), nullptr, 10);
}

using Blocks = std::vector<std::unique_ptr<char[]>>;

// Blocks of malloc's that make its heap reach up to an address for as long as they are there.
Blocks reach_up_to(uintptr_t address, size_t large) {
  constexpr size_t kBlock = 64UL * 1024;  // below what malloc maps by itself (M_MMAP_THRESHOLD)
  const auto end = [] { return reinterpret_cast<uintptr_t>(sbrk(0)); };
  Blocks blocks;
  while (end() < address && blocks.size() < large / kBlock) {
    blocks.push_back(std::make_unique_for_overwrite<char[]>(kBlock));
  }
  return blocks;
}

// What is free at the end of its heap malloc gives back to the system, and so parts the last large
// page. The last of those blocks stays, up to the next time: there is little that is free above it.
void leave_at_the_end(Blocks blocks) {
  static std::unique_ptr<char[]> last;
  if (!blocks.empty()) last = std::move(blocks.back());
}

// How long one call gathers, for a part of some more.
constexpr std::chrono::milliseconds kMost{50};

using Clock = std::chrono::steady_clock;

// Has the kernel put the parts of a range on large pages, each the size of one, until a deadline.
// Returns the address of the next.
uintptr_t collapse(const Range& range, size_t large, Clock::time_point deadline) {
  uintptr_t from = range.from;
  for (; from + large <= range.to && Clock::now() < deadline; from += large) {
    // Refused where no large page is to be had: the memory stays as it is. One that is there
    // already takes no time.
    if (resident({from, from + large}) >= large / 4) madvise(at(from), large, MADV_COLLAPSE);
  }
  return from;
}

// From the first multiple of a large page's size in malloc's heap up to the first above its end.
Range parts_of_malloc_heap(size_t large) {
  const Range heap = malloc_heap();
  const uintptr_t from = (heap.from + large - 1) / large * large;
  if (heap.to < from + large / 4) return {};
  return {from, from + (heap.to - from + large - 1) / large * large};
}

// V8's heap is on large pages from the start. Memory that it gave back and took again stands by
// itself, and so do pages that the parent has written to beside a child.
Range parts_of_region() {
  const HeapRegion* region = preloaded_heap_region();
  if (region == nullptr) return {};
  const auto from = reinterpret_cast<uintptr_t>(region->start);
  return {from, from + region->size};
}

}  // namespace

bool gather_heap() {
  static uintptr_t next = 0;
  const size_t large = large_size();
  if (large == 0 || large > kLargest) return false;
  const Clock::time_point deadline = Clock::now() + kMost;
  const Range malloced = parts_of_malloc_heap(large);
  leave_at_the_end(reach_up_to(malloced.to, large));
  for (const Range& range : {malloced, parts_of_region()}) {  // in the order of their addresses
    next = collapse({std::max(range.from, next), range.to}, large, deadline);
    if (next < range.to) return true;
  }
  next = 0;
  return false;
}

#else

bool gather_heap() { return false; }

#endif

}  // namespace realfork::platform
