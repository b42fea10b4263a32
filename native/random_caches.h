// What was drawn of random numbers in advance, and lies in memory at a fork: the same on both
// sides, and in every child.
#ifndef REALFORK_RANDOM_CACHES_H_
#define REALFORK_RANDOM_CACHES_H_

#include <v8.h>

namespace realfork {

/**
 * watchCache(draw, bytes, draws): finds the memory that Node fills with so many random bytes at a
 * time, by calling `draw`, which takes one of the `draws` that a filling is good for, until OpenSSL
 * fills it; then uses it up. False if no such filling is seen.
 */
void call_watch_cache(const v8::FunctionCallbackInfo<v8::Value>& info);

/** watchBuffer(view): the same for memory that is known, and may have numbers in it at any time. */
void call_watch_buffer(const v8::FunctionCallbackInfo<v8::Value>& info);

/**
 * renewCaches(): in a child. Fills those anew in which something may be left of what the parent has
 * drawn. False if the kernel gave no random bytes (a filter of system calls).
 */
void call_renew_caches(const v8::FunctionCallbackInfo<v8::Value>& info);

}  // namespace realfork

#endif  // REALFORK_RANDOM_CACHES_H_
