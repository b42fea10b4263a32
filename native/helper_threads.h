// Node's helper threads (V8's workers, libuv's pool) and the signals that they must not take.
#ifndef REALFORK_HELPER_THREADS_H_
#define REALFORK_HELPER_THREADS_H_

namespace realfork {

/**
 * Has every other thread block all signals from now on. What is sent to the process while the
 * JavaScript thread blocks it then stays pending, as in a program with one thread, instead of
 * reaching a helper thread, whose default action would be the end of the process. Cheap when no
 * thread has been added since the last time. Call on the JavaScript thread before it blocks
 * signals.
 */
void keep_signals_from_helper_threads();

}  // namespace realfork

#endif  // REALFORK_HELPER_THREADS_H_
