// worker.terminate() of a worker_thread that is blocked in a call of this package.
//
// Node ends a worker at its next line of JavaScript, and joins its thread. A thread that is blocked
// in read(2) has no next line: it is sent a signal, so that the call returns -EINTR. A worker has
// all signals blocked but this one (SIGRTMAX - 1).
#ifndef REALFORK_WORKER_INTERRUPTION_H_
#define REALFORK_WORKER_INTERRUPTION_H_

#include <node_api.h>
#include <signal.h>

#include <cstdint>

namespace realfork {

/** Call on a worker's thread when it loads this package. @param id its threadId */
void note_worker(napi_env env, uint32_t id);

/**
 * The worker is to end, and those that it has started: their calls return -EINTR from here on. A
 * signal that comes just before a call blocks is lost, so this is called again until the thread has
 * ended. Nothing happens where there is no such worker, or none that has loaded this package.
 */
void interrupt_worker(uint32_t id);

/** Between a call's beginning and its end on this thread. Nothing outside of workers. */
void worker_enters_call();
void worker_leaves_call();

/** `parent` has started `child`: what ends the one ends the other. By their threadIds. */
void note_parent_of_worker(uint32_t child, uint32_t parent);
void forget_parent_of_worker(uint32_t child);

/**
 * As interrupt_worker(), again and again, until it and its descendants are in no call. Gives up
 * after a second.
 */
void end_calls_of_worker(uint32_t id);

bool there_are_workers();
bool any_worker_is_in_call();

/** The calling thread is a worker that is to end. */
bool worker_is_ending();

/** The signal that workers keep open; 0: there was none yet. Async-signal-safe. */
int signal_of_workers();

/** sigaction(2) of that signal. Its owner is the program. */
void change_action_of_workers(const struct sigaction* wanted, struct sigaction* before);

/** In a forked child: they are the parent's. */
void forget_workers();

}  // namespace realfork

#endif  // REALFORK_WORKER_INTERRUPTION_H_
