// What an event loop has: the handles of Node, and its timers.
#ifndef REALFORK_HANDLES_H_
#define REALFORK_HANDLES_H_

#include <v8.h>

namespace realfork {

/** handles(list): what `list` gives while every handle of the event loop is referenced. */
void call_handles(const v8::FunctionCallbackInfo<v8::Value>& info);

/** timers(Timeout.prototype, Immediate.prototype): the objects of all timers and immediates, or
 * none. */
void call_timers(const v8::FunctionCallbackInfo<v8::Value>& info);

}  // namespace realfork

#endif  // REALFORK_HANDLES_H_
