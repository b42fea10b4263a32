#include "fork_transaction.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "child_watch.h"
#include "idle_children.h"
#include "kept_child.h"
#include "own_descriptors.h"
#include "platform.h"
#include "rings.h"
#include "standard_descriptors.h"

namespace realfork {
namespace {

using Milliseconds = std::chrono::milliseconds;
using platform::ThreadId;

/** One try to park threads. Between tries V8 reaches its safepoints. */
constexpr Milliseconds kTry{5};

/** A thread of the pool that has nothing to do takes its job sooner. */
constexpr Milliseconds kGrace{100};

/** And where it is ready to run, and others have the processors: within this. */
constexpr Milliseconds kLongGrace{1000};

// Threads that were there before and took no job of the pool's, though it had nothing else to do:
// they are not waited for again. And how many threads the pool has, since all are made at once.
struct Seen {
  std::vector<ThreadId> outside_pool;
  size_t in_pool = 0;
};
Seen seen;

bool was_outside_pool(const Stranger& stranger) {
  return std::find(seen.outside_pool.begin(), seen.outside_pool.end(), stranger.id) !=
         seen.outside_pool.end();
}

void note_outside_pool(const std::vector<Stranger>& others) {
  seen.outside_pool.clear();
  for (const Stranger& other : others) {
    if (other.id != 0) seen.outside_pool.push_back(other.id);
  }
}

// Processes that child_process started are the parent's children: the child will never hear of
// their end, so its copies of these handles must not keep its loop alive. Where there are none the
// handles are left alone: uv_walk() writes to each, and each page of them would be copied.
void disown_processes(uv_loop_t* loop) {
  if (is_empty(as_ring(&loop->process_handles))) return;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void*) {
        if (uv_handle_get_type(handle) == UV_PROCESS) uv_unref(handle);
      },
      nullptr);
}

// A child makes the descriptors of its event loop anew, under the numbers that it closes before.
// Where the limit has been lowered below these it could not, and libuv would abort.
bool has_room_for_descriptors(const uv_loop_t* loop) {
  struct rlimit limit {};
  const auto highest = static_cast<rlim_t>(std::max(0, highest_descriptor_made_anew(loop)));
  return getrlimit(RLIMIT_NOFILE, &limit) == -1 || highest < limit.rlim_cur;
}

// glibc's malloc sorts what has been freed when it next serves a large request, writing into every
// free block. What the parent has freed since its last one would be sorted by every child, which
// gets a copy of each page that it writes to: some twenty, before its first buffer.
void let_malloc_sort() {
  constexpr size_t kLarge = 4096;
  void* volatile block = malloc(kLarge);
  free(block);
}

}  // namespace

ForkTransaction::ForkTransaction(Napi::Env env, uv_loop_t* loop, Quiescence& quiescence,
                                 const ForkRequest& request)
    : env_(env), loop_(loop), quiescence_(quiescence), request_(request) {}

// V8's workers stay parked after a fork that went well, and without strangers: see Quiescence. The
// members are destroyed afterwards, signals let in last.
ForkTransaction::~ForkTransaction() {
  if (begun_) quiescence_.end(!forked_ || !others_.empty());
}

// What it makes goes at once: a server may fork again and again before it returns to JavaScript.
bool ForkTransaction::safepoint() {
  const Napi::HandleScope scope(env_);
  request_.safepoint.Call({});
  return !env_.IsExceptionPending();
}

Refusal ForkTransaction::prepare(unsigned handlers_before) {
  // A handler of a signal that is recorded runs here, and may fork: that fork is over, with all
  // that it began, before this one begins. One that comes later waits for this one's end.
  { const Interruptible before; }
  // Asked where there may be one, thrown by a handler: Node-API notes in memory that it was asked.
  if (handlers_called() != handlers_before && env_.IsExceptionPending()) return Refusal::kException;
  const bool were_parked = quiescence_.workers_at_rest() > 0;
  Refusal refusal = park_workers();
  // Code that a worker has made of a function before it came to rest is put in its place here. Else
  // each child that is forked before the next line of JavaScript does it: a hundred page faults.
  if (refusal == Refusal::kNone && !were_parked && !safepoint()) return Refusal::kException;
  if (refusal == Refusal::kNone) refusal = park_pool();
  if (refusal != Refusal::kNone) return refusal;
  if (!has_room_for_descriptors(loop_)) return Refusal::kDescriptors;
  // Up to the end of the transaction, so that the child is whole before it hears of one:
  //
  //   child of a fork without that:
  //     fork() returns 0
  //        <- SIGTERM: the handler forwards it to "the JavaScript thread": the parent's, which is
  //        gone
  blocked_.emplace();
  return Refusal::kNone;
}

Refusal ForkTransaction::park_workers() {
  const Clock::time_point deadline = Clock::now() + request_.patience_for_workers;
  bool holds = false;
  for (;;) {
    if (!holds) {
      const Quiescence::Begun begun = quiescence_.begin(kTry);
      if (begun == Quiescence::Begun::kNoPlatform) return Refusal::kPlatform;
      begun_ = true;
      holds = begun == Quiescence::Begun::kYes;
    }
    if (holds && quiescence_.park_workers(kTry)) return Refusal::kNone;
    if (Clock::now() >= deadline) return Refusal::kWorkersBusy;
    if (!safepoint()) return Refusal::kException;
  }
}

// Looks which threads there are beside those that are parked. True if there are none but V8's
// profiler; nothing if they cannot be looked at.
std::optional<bool> ForkTransaction::look() {
  if (are_all(quiescence_.workers_at_rest() + quiescence_.pool_at_rest())) {
    profiled_ = false;
    others_.clear();
    return true;
  }
  auto found = strangers(quiescence_.parked_workers(), quiescence_.parked_pool());
  if (!found) return std::nullopt;
  const auto profiler = std::remove_if(found->begin(), found->end(), is_profiler);
  profiled_ = profiler != found->end();
  found->erase(profiler, found->end());
  others_ = std::move(*found);
  return others_.empty();
}

// Whether a thread that has taken no job belongs to the pool nobody can tell but by giving it one.
// There is a job for each of them, beside those of the threads that the pool is known to have.
Refusal ForkTransaction::park_pool() {
  size_t jobs = seen.in_pool;
  const Clock::time_point since = Clock::now();
  for (;;) {
    const bool all_taken = jobs == 0 || quiescence_.park_pool(jobs, kTry);
    const std::optional<bool> all_known = look();
    if (!all_known && !request_.allows_threads) return Refusal::kUnseen;
    if (!all_known || *all_known) {
      seen.in_pool = quiescence_.pool_at_rest();
      return seen.in_pool == 0 || count_writes() ? Refusal::kNone : Refusal::kException;
    }
    if (!count_writes()) return Refusal::kException;
    Refusal refusal = Refusal::kNone;
    if (judge_others(jobs, all_taken, since, &refusal)) return refusal;
    jobs = std::max(jobs, quiescence_.pool_at_rest() + others_.size());
    if (!safepoint()) return Refusal::kException;
  }
}

// True if it is decided about those that are neither parked nor known. A thread of the pool that
// waits for a job is woken by one, and is ready to run from then on, however long that takes:
//
//   the machine is busy
//     fork(): gives a job to each
//       a thread of the pool: woken, and not running yet
//     fork(), 100 ms later: it has taken none; but it does not sleep
//
// Those that were decided about have another job to take, unless they are allowed.
bool ForkTransaction::judge_others(size_t jobs, bool all_jobs_taken, Clock::time_point since,
                                   Refusal* refusal) {
  const bool no_news = std::all_of(others_.begin(), others_.end(), was_outside_pool);
  if (all_jobs_taken && !no_news) return false;
  const auto waited = Clock::now() - since;
  const bool is_busy = quiescence_.jobs_under_way(writes_) > 0;
  if (is_busy) {
    if (waited < request_.patience_for_pool) return false;
    *refusal = Refusal::kPoolBusy;
    return true;
  }
  if (!no_news || !request_.allows_threads) {
    if (jobs < quiescence_.pool_at_rest() + others_.size()) return false;
    if (waited < (no_news ? kTry : kGrace)) return false;
    const bool all_sleep = std::all_of(others_.begin(), others_.end(), [](const Stranger& other) {
      return platform::sleeps(other.id);
    });
    if (!all_sleep && waited < kLongGrace) return false;
  }
  seen.in_pool = quiescence_.pool_at_rest();
  note_outside_pool(others_);
  if (!request_.allows_threads) {
    *refusal = has_unseen(others_) ? Refusal::kUnseen : Refusal::kThreads;
  }
  return true;
}

// The parent's: both sides count the same.
bool ForkTransaction::count_writes() {
  const Napi::HandleScope scope(env_);
  const Napi::Value writes = request_.writes_under_way.Call({});
  if (env_.IsExceptionPending()) return false;
  writes_ = writes.As<Napi::Number>().Uint32Value();
  return true;
}

pid_t ForkTransaction::fork() {
  interruptible_before_fork();
  if (request_.sorts_malloc) let_malloc_sort();
  const int refused = platform::make_memory_inheritable();
  if (refused != 0) return refused;
  const StandardDescriptorsTaken standard(loop_->signal_pipefd[0]);
  const auto at_rest = own_descriptors_at_rest();
  // Looked at here: in a child that has nothing of it that would be pages for nothing.
  const bool keeps_children = idle_children.is_open() || kept_child.is_kept();
  const pid_t pid = ::fork();
  if (pid == -1) return -errno;
  forked_ = true;
  if (pid > 0) return pid;
  if (keeps_children) idle_children.after_fork_in_child();
  forget_watched_children(LoopIs::kOfParent);
  // The parent's epoll descriptor is shared: used by both, each would steal the other's events.
  const int failure = platform::fork_event_loop(loop_, standard.lowest_free());
  if (failure != 0) {
    napi_fatal_error("realfork::fork", NAPI_AUTO_LENGTH, uv_strerror(failure), NAPI_AUTO_LENGTH);
  }
  disown_processes(loop_);
  forget_watched_children(LoopIs::kOfChild);
  interruptible_after_fork_in_child();
  forget_first_threads();
  seen.outside_pool.clear();
  seen.in_pool = 0;
  others_.clear();
  quiescence_.become_child(writes_, request_.exit_status, profiled_);
  return 0;
}

}  // namespace realfork
