// What an event loop has: the handles of Node, and its requests.
#ifndef REALFORK_HANDLES_H_
#define REALFORK_HANDLES_H_

#include <v8.h>

namespace realfork {

/** handles(list): what `list` gives while every handle of the event loop is referenced. */
void call_handles(const v8::FunctionCallbackInfo<v8::Value>& info);

/** hasRequests(): whether the event loop waits for the end of anything that was asked for: jobs of
 * the thread pool, connections, writes. */
void call_has_requests(const v8::FunctionCallbackInfo<v8::Value>& info);

}  // namespace realfork

#endif  // REALFORK_HANDLES_H_
