// Mutex, condition and semaphore of POSIX in memory that processes share (PTHREAD_PROCESS_SHARED).
// The C library waits for them by futex(2), on FreeBSD by _umtx_op(2), and the kernel tells the
// next who waits for a mutex that its owner has ended with it.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"
#include "times.h"

namespace realfork {
namespace {

// Where one lies: src/children/shared/ has made room for it.
template <typename Lock>
Lock* lock_at(Arguments& arguments, size_t index, const char* name) {
  const Bytes bytes = arguments.bytes_of(arguments.value(index), name);
  if (!arguments.ok()) return nullptr;
  const bool is_aligned = reinterpret_cast<uintptr_t>(bytes.data) % alignof(Lock) == 0;
  if (bytes.length >= sizeof(Lock) && is_aligned) return reinterpret_cast<Lock*>(bytes.data);
  arguments.out_of_range(name, "memory for one", std::to_string(bytes.length));
  return nullptr;
}

// Of a function of pthreads, which gives errno itself. None of these may be interrupted by a
// handler that calls it again: what is recorded has run when it begins.
template <typename Call>
int negative_errno_of(Call call) {
  { const Interruptible before; }
  return -call();
}

// What a mutex guards may be half done: that is for who gets it to see.
int with_consistent(pthread_mutex_t* mutex, int result) {
  if (result == -EOWNERDEAD) pthread_mutex_consistent(mutex);
  return result;
}

// When so much time will have passed, by a clock.
struct timespec after(clockid_t clock, const struct timespec& time) {
  constexpr long kSecond = 1'000'000'000;
  struct timespec at {};
  clock_gettime(clock, &at);
  at.tv_sec += time.tv_sec;
  at.tv_nsec += time.tv_nsec;
  if (at.tv_nsec >= kSecond) {
    at.tv_sec += 1;
    at.tv_nsec -= kSecond;
  }
  return at;
}

}  // namespace

// sizesOfLocks(): { mutex, condition, semaphore }, in bytes.
Napi::Value call_sizes_of_locks(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto sizes = Napi::Object::New(env);
  sizes["mutex"] = number(env, static_cast<uint32_t>(sizeof(pthread_mutex_t)));
  sizes["condition"] = number(env, static_cast<uint32_t>(sizeof(pthread_cond_t)));
  sizes["semaphore"] = number(env, static_cast<uint32_t>(sizeof(sem_t)));
  return sizes;
}

Napi::Value call_mutex_init(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "mutexInit");
  auto* const mutex = lock_at<pthread_mutex_t>(arguments, 0, "mutex");
  if (!arguments.ok()) return info.Env().Undefined();
  pthread_mutexattr_t attributes;
  int failure = pthread_mutexattr_init(&attributes);
  if (failure != 0) return number(info.Env(), -failure);
  failure = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  if (failure == 0) failure = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  if (failure == 0) failure = pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  if (failure == 0) failure = pthread_mutex_init(mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return number(info.Env(), -failure);
}

// mutexLock(mutex, waits)
Napi::Value call_mutex_lock(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "mutexLock");
  auto* const mutex = lock_at<pthread_mutex_t>(arguments, 0, "mutex");
  const bool waits = arguments.truth(1);
  if (!arguments.ok()) return info.Env().Undefined();
  const int result = negative_errno_of(
      [&] { return waits ? pthread_mutex_lock(mutex) : pthread_mutex_trylock(mutex); });
  return number(info.Env(), with_consistent(mutex, result));
}

Napi::Value call_mutex_unlock(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "mutexUnlock");
  auto* const mutex = lock_at<pthread_mutex_t>(arguments, 0, "mutex");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), negative_errno_of([&] { return pthread_mutex_unlock(mutex); }));
}

Napi::Value call_condition_init(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "conditionInit");
  auto* const condition = lock_at<pthread_cond_t>(arguments, 0, "condition");
  if (!arguments.ok()) return info.Env().Undefined();
  pthread_condattr_t attributes;
  int failure = pthread_condattr_init(&attributes);
  if (failure != 0) return number(info.Env(), -failure);
  failure = pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  if (failure == 0) failure = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  if (failure == 0) failure = pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
  return number(info.Env(), -failure);
}

// conditionWait(condition, mutex, timeout)
Napi::Value call_condition_wait(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "conditionWait");
  auto* const condition = lock_at<pthread_cond_t>(arguments, 0, "condition");
  auto* const mutex = lock_at<pthread_mutex_t>(arguments, 1, "mutex");
  const auto timeout = timespec_or_none(arguments, 2, "timeout");
  if (!arguments.ok()) return info.Env().Undefined();
  const int result = negative_errno_of([&] {
    if (!timeout) return pthread_cond_wait(condition, mutex);
    const struct timespec at = after(CLOCK_MONOTONIC, *timeout);
    return pthread_cond_timedwait(condition, mutex, &at);
  });
  return number(info.Env(), with_consistent(mutex, result));
}

// conditionWake(condition, all)
Napi::Value call_condition_wake(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "conditionWake");
  auto* const condition = lock_at<pthread_cond_t>(arguments, 0, "condition");
  const bool all = arguments.truth(1);
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), negative_errno_of([&] {
                  return all ? pthread_cond_broadcast(condition) : pthread_cond_signal(condition);
                }));
}

// semaphoreInit(semaphore, value)
Napi::Value call_semaphore_init(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "semaphoreInit");
  auto* const semaphore = lock_at<sem_t>(arguments, 0, "semaphore");
  const auto value = static_cast<unsigned>(arguments.integer(1, "value", 0, SEM_VALUE_MAX));
  if (!arguments.ok()) return info.Env().Undefined();
  constexpr int kShared = 1;
  const int result = sem_init(semaphore, kShared, value);
  return number(info.Env(), result == -1 ? -errno : 0);
}

// semaphoreWait(semaphore, waits, timeout). A handler of JavaScript may interrupt it: the C library
// has no lock while it sleeps.
Napi::Value call_semaphore_wait(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "semaphoreWait");
  auto* const semaphore = lock_at<sem_t>(arguments, 0, "semaphore");
  const bool waits = arguments.truth(1);
  const auto timeout = timespec_or_none(arguments, 2, "timeout");
  if (!arguments.ok()) return info.Env().Undefined();
  if (!waits) {
    return number(info.Env(), interruptible([&] { return sem_trywait(semaphore); }));
  }
  if (!timeout) return number(info.Env(), interruptible([&] { return sem_wait(semaphore); }));
  const struct timespec at = after(CLOCK_REALTIME, *timeout);
  return number(info.Env(), interruptible([&] { return sem_timedwait(semaphore, &at); }));
}

Napi::Value call_semaphore_post(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "semaphorePost");
  auto* const semaphore = lock_at<sem_t>(arguments, 0, "semaphore");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return sem_post(semaphore); }));
}

// semaphoreValue(semaphore)
Napi::Value call_semaphore_value(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "semaphoreValue");
  auto* const semaphore = lock_at<sem_t>(arguments, 0, "semaphore");
  if (!arguments.ok()) return info.Env().Undefined();
  int value = 0;
  const int result = interruptible([&] { return sem_getvalue(semaphore, &value); });
  return number(info.Env(), result < 0 ? result : value);
}

}  // namespace realfork
