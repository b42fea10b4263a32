// Puts V8's heap where a fork is cheaper.
#ifndef REALFORK_LARGE_PAGES_H_
#define REALFORK_LARGE_PAGES_H_

namespace realfork::platform {

/**
 * Moves V8's heap, and malloc's, at their addresses, from single pages of the machine to parts of
 * large ones, which a fork copies and an exit frees many at a time. What is in them stays as it is.
 * Nobody else may write to V8's heap meanwhile: its workers are parked. Moves some 16 MiB in one
 * call: true if there is more, for the next. Does nothing where the system gives no large pages, or
 * does the like by itself.
 */
bool gather_heap();

}  // namespace realfork::platform

#endif  // REALFORK_LARGE_PAGES_H_
