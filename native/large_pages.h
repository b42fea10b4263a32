// Puts malloc's heap where a fork is cheaper.
#ifndef REALFORK_LARGE_PAGES_H_
#define REALFORK_LARGE_PAGES_H_

namespace realfork::platform {

/**
 * Has the kernel put malloc's heap, at its addresses, on large pages, which a fork copies and an
 * exit frees many at a time. What is in it stays as it is, whoever uses it meanwhile. Does nothing
 * where the system gives no large pages, or does the like by itself.
 */
void gather_heap();

}  // namespace realfork::platform

#endif  // REALFORK_LARGE_PAGES_H_
