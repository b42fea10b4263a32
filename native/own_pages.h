// Memory beside the heaps, for what a parent writes to between two forks. A write to a page that a
// child still shares copies it; where that page is a part of a large one, all of the large page is
// mapped by its small parts from then on, and each fork copies 512 entries in place of one. Here
// nothing else is near.
#ifndef REALFORK_OWN_PAGES_H_
#define REALFORK_OWN_PAGES_H_

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cstddef>
#include <vector>

namespace realfork {

/** Adjacent pages of zeros. The process ends where there is no memory, as it does by operator new.
 */
inline void* take_pages(size_t size) {
  void* const pages =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) {
    perror("realfork: mmap");
    abort();
  }
  return pages;
}

/** For a container that is reserved once: each allocation has pages of its own. */
template <typename T>
struct OwnPages {
  using value_type = T;

  OwnPages() = default;
  template <typename Other>
  OwnPages(const OwnPages<Other>& /*other*/) {}  // NOLINT(google-explicit-constructor)

  T* allocate(size_t count) { return static_cast<T*>(take_pages(count * sizeof(T))); }
  void deallocate(T* pages, size_t count) { ::munmap(pages, count * sizeof(T)); }

  template <typename Other>
  bool operator==(const OwnPages<Other>& /*other*/) const {
    return true;
  }
};

template <typename T>
using OwnPagesVector = std::vector<T, OwnPages<T>>;

}  // namespace realfork

#endif  // REALFORK_OWN_PAGES_H_
