// Node's helper threads (V8's workers, libuv's pool) and the signals that they must not take.
#ifndef REALFORK_HELPER_THREADS_H_
#define REALFORK_HELPER_THREADS_H_

#include <signal.h>

namespace realfork {

/**
 * Has every other thread block all signals from now on. What is sent to the process while the
 * JavaScript thread blocks it then stays pending, as in a program with one thread, instead of
 * reaching a helper thread, whose default action would be the end of the process. Cheap when there
 * is no thread that was not there the last time. Call on the JavaScript thread before it blocks
 * signals.
 */
void keep_signals_from_helper_threads();

/**
 * sigaction(2), for a program one of whose signals may carry requests to threads at the moment.
 * On the JavaScript thread.
 */
int change_action(int signo, const struct sigaction* wanted, struct sigaction* before);

/** In a forked child: its threads are others. */
void forget_helper_threads();

}  // namespace realfork

#endif  // REALFORK_HELPER_THREADS_H_
