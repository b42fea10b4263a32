// V8's garbage, where it costs something: every fork(2) copies the entry of each page of it.
#ifndef REALFORK_GARBAGE_H_
#define REALFORK_GARBAGE_H_

#include <v8.h>

namespace realfork {

/** oldSpace(): how many bytes V8 has in use for what has outlived two collections of the young. */
void call_old_space(const v8::FunctionCallbackInfo<v8::Value>& info);

/** collectGarbage(keepsBytecode): now, and the memory is given back to the system. Functions stay
 * compiled, as V8 has been told before if it `keepsBytecode`. */
void call_collect_garbage(const v8::FunctionCallbackInfo<v8::Value>& info);

}  // namespace realfork

#endif  // REALFORK_GARBAGE_H_
