// What differs between the systems: one implementation per system, platform_<system>.cc.
#ifndef REALFORK_PLATFORM_H_
#define REALFORK_PLATFORM_H_

#include <pthread.h>
#include <signal.h>
#include <sys/sem.h>
#include <sys/types.h>
#include <time.h>
#include <uv.h>

#include <cstddef>
#include <vector>

#include "threads.h"

namespace realfork::platform {

/** One more than the highest signal number of the system, real-time signals included. */
extern const int kSignalCount;

/**
 * Makes every page of this process one that fork(2) copies.
 * V8 marks its heap MADV_DONTFORK on Linux, again for each new chunk: call it before every fork.
 * 0, or -errno: a child would not have its heap.
 */
int make_memory_inheritable();

/** Learns what the first fork will need, while there are descriptors to look it up with. */
void prepare_to_fork();

/** True if a process asked for the signal (kill, sigqueue, raise); false if a fault raised it. */
bool sent_by_process(const siginfo_t& info);

/**
 * Sends this thread, which blocks it, the signal that it is handling, with what it carries where
 * the system can. Async-signal-safe.
 */
void raise_again(int signo, const siginfo_t& info);

/**
 * Hands a signal that reached the wrong thread on to the right one, with what it carries where
 * the system can. Async-signal-safe.
 */
void forward_signal(ThreadId thread, pthread_t handle, int signo, const siginfo_t& info);

/** At the right thread: undoes what forwarding did to what the signal carries. Async-signal-safe.
 */
void unwrap_forwarded(siginfo_t* info);

/** Sends a signal to one thread of this process, as a request of ours. False if it cannot be. */
bool request(ThreadId thread, int signo);

/** At a thread that has been sent a signal: whether it is such a request. Async-signal-safe. */
bool is_request(const siginfo_t& info);

/** A descriptor that becomes readable when the process ends, or -errno. */
int open_end_of_process(pid_t pid);

/** Whether a forked child has a copy of that descriptor. */
extern const bool kInheritsEndOfProcess;

/**
 * uv_loop_fork(3), in a child: gives the event loop descriptors of its own. 0, or libuv's negative
 * error. `lowest_free`: the lowest descriptor that was free at the fork, no standard one; -1: none.
 */
int fork_event_loop(uv_loop_t* loop, int lowest_free);

/**
 * Before a descriptor is closed that the event loop watches: the kernel may have it by another
 * number as well, and would go on to tell of it.
 */
void unwatch(const uv_loop_t* loop, int fd);

/**
 * sigaction(2) of the kernel, for a child of vfork(2): where the C library keeps a table of
 * handlers beside it, that is its parent's.
 */
int kernel_sigaction(int signo, const struct sigaction* action, struct sigaction* before);

/** semtimedop(2); -1 and ENOSYS where there is none. */
int semtimedop(int id, struct sembuf* operations, size_t count, const struct timespec* timeout);

}  // namespace realfork::platform

#endif  // REALFORK_PLATFORM_H_
