// fork(2) in a process that has more threads than the caller: from the first step to the last.
#ifndef REALFORK_FORK_TRANSACTION_H_
#define REALFORK_FORK_TRANSACTION_H_

#include <napi.h>
#include <uv.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "census.h"
#include "interruptible.h"
#include "quiescence.h"

namespace realfork {

struct ForkRequest {
  /** How long V8's workers, and the threads of libuv's pool, may take to come to rest. */
  std::chrono::milliseconds patience_for_workers;
  std::chrono::milliseconds patience_for_pool;
  /** Goes ahead with threads that are not known. */
  bool allows_threads;
  /** What a child leaves with that was forked when 'exit' had been emitted. */
  int exit_status;
  /** Gives how many writes to streams Node knows of. */
  Napi::Function writes_under_way;
  /** Called between tries: V8 does there what its workers may be waiting for. */
  Napi::Function safepoint;
  /**
   * Has malloc sort what was freed, where it has been used since the last fork. The program has
   * asked for speed: src/tuned/.
   */
  bool sorts_malloc;
};

enum class Refusal : std::uint8_t {
  kNone,
  kPlatform,     // V8's platform is not the one that is known, or may not be changed
  kWorkersBusy,  // V8's
  kPoolBusy,     // libuv's
  kThreads,      // some that are not known
  kUnseen,       // the threads of this process cannot be looked at
  kDescriptors,  // the event loop of a child could not have its own: EMFILE
  kException,    // of JavaScript; it is pending
};

/**
 * Park → fork → repair → let go. Whatever it has begun it leaves at its end, on every path and on
 * both sides.
 *
 *   ForkTransaction transaction(env, loop, quiescence, request);
 *   if (transaction.prepare(handlers_called()) == Refusal::kNone) pid = transaction.fork();
 */
class ForkTransaction {
 public:
  ForkTransaction(Napi::Env env, uv_loop_t* loop, Quiescence& quiescence,
                  const ForkRequest& request);
  ~ForkTransaction();
  ForkTransaction(const ForkTransaction&) = delete;
  ForkTransaction& operator=(const ForkTransaction&) = delete;

  /**
   * Brings the process to where a fork is sound.
   * @param handlers_before handlers_called() when the call began that forks: else none has thrown
   */
  Refusal prepare(unsigned handlers_before);

  /** As fork(2), or the negative errno. The child is whole when it returns. */
  pid_t fork();

  /** True if V8's profiler runs, or in a child ran in its parent. */
  bool is_profiled() const { return profiled_; }

  /** Threads that are neither parked nor known. */
  const std::vector<Stranger>& others() const { return others_; }

 private:
  using Clock = std::chrono::steady_clock;

  Refusal park_workers();
  Refusal park_pool();
  bool judge_others(size_t jobs, bool all_jobs_taken, Clock::time_point since, Refusal* refusal);
  std::optional<bool> look();
  bool safepoint();
  bool count_writes();

  Napi::Env env_;
  uv_loop_t* loop_;
  Quiescence& quiescence_;
  const ForkRequest& request_;
  bool begun_ = false;
  bool forked_ = false;
  bool profiled_ = false;
  unsigned writes_ = 0;
  std::vector<Stranger> others_;
  std::optional<AllSignalsBlocked> blocked_;
};

}  // namespace realfork

#endif  // REALFORK_FORK_TRANSACTION_H_
