// What the library that `realfork/tuned` preloads, heap_region_linux.cc, tells the addon.
#ifndef REALFORK_HEAP_REGION_H_
#define REALFORK_HEAP_REGION_H_

#include <dlfcn.h>

#include <cstddef>

namespace realfork {

/** Addresses of V8's heap, on large pages for as long as nothing parts them. 0 bytes: none. */
struct HeapRegion {
  char* start = nullptr;
  size_t size = 0;
};

/** That library's, whose name there this is; nullptr in a process that was started without it. */
inline const HeapRegion* preloaded_heap_region() {
  static const auto* const region =
      static_cast<const HeapRegion*>(dlsym(RTLD_DEFAULT, "realfork_heap_region"));
  return region;
}

}  // namespace realfork

#endif  // REALFORK_HEAP_REGION_H_
