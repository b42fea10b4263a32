// Puts the heaps where a fork is cheaper.
#ifndef REALFORK_LARGE_PAGES_H_
#define REALFORK_LARGE_PAGES_H_

namespace realfork::platform {

/**
 * Has the kernel put malloc's heap and V8's region (heap_region.h), at their addresses, on large
 * pages, which a fork copies and an exit frees many at a time. Their contents stay as they are,
 * whoever uses them meanwhile. Does nothing where the system gives no large pages, or does the like
 * by itself. Returns whether there is more to do than one call does, some 50 ms: the next call goes
 * on from there.
 */
bool gather_heap();

}  // namespace realfork::platform

#endif  // REALFORK_LARGE_PAGES_H_
