// V8's garbage, where it costs something: every fork(2) copies the entry of each page of it.
#ifndef REALFORK_GARBAGE_H_
#define REALFORK_GARBAGE_H_

#include <v8.h>

namespace realfork {

/** oldSpace(): how many bytes V8 has in use for what has outlived two collections of the young. */
void call_old_space(const v8::FunctionCallbackInfo<v8::Value>& info);

/** collectGarbage(leavesOptions): now, and the memory is given back to the system. Functions stay
 * compiled; if it `leavesOptions`, V8's own say whether they do (--flush-bytecode). */
void call_collect_garbage(const v8::FunctionCallbackInfo<v8::Value>& info);

}  // namespace realfork

#endif  // REALFORK_GARBAGE_H_
