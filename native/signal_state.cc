#include "signal_state.h"

#include <pthread.h>
#include <string.h>

#include "platform.h"
#include "signal_sets.h"

namespace realfork {
namespace {

void fence() { std::atomic_signal_fence(std::memory_order_seq_cst); }

}  // namespace

void SignalState::allocate() {
  slots_ = new siginfo_t[static_cast<size_t>(platform::kSignalCount)]();
  for (sigset_t* set : {&recorded_, &blocked_since_, &open_, &wait_mask_}) sigemptyset(set);
}

void SignalState::enter_call() {
  place_ = kInCall;
  fence();
}

void SignalState::enter_wait(const sigset_t& mask) {
  wait_mask_ = mask;
  fence();
  place_ = kInWait;
  fence();
}

void SignalState::leave_call() {
  fence();
  place_ = kElsewhere;
  fence();
}

void SignalState::record(int signo, const siginfo_t& info) {
  slots_[signo] = info;
  sigaddset(&recorded_, signo);
  any_recorded_ = 1;
}

int SignalState::recorded_of(const sigset_t& set) const {
  if (any_recorded_ == 0) return 0;
  for (int signo = 1; signo < platform::kSignalCount; ++signo) {
    if (is_recorded(signo) && sigismember(&set, signo) == 1) return signo;
  }
  return 0;
}

siginfo_t SignalState::take(int signo) {
  sigdelset(&recorded_, signo);
  any_recorded_ = is_empty(recorded_) ? 0 : 1;
  return slots_[signo];
}

void SignalState::forget() {
  sigemptyset(&recorded_);
  sigemptyset(&blocked_since_);
  any_recorded_ = 0;
}

sigset_t SignalState::block_all() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigemptyset(&before);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  return set_union(set_difference(before, recorded_), blocked_since_);
}

sigset_t SignalState::program_mask(const ucontext_t& interrupted) const {
  return set_union(set_difference(interrupted.uc_sigmask, recorded_), blocked_since_);
}

sigset_t SignalState::held() const { return set_difference(recorded_, open_); }

sigset_t SignalState::in_force(const sigset_t& program) {
  blocked_since_ = set_intersection(recorded_, program);
  return set_union(program, held());
}

void SignalState::let_in(const sigset_t& program) {
  const sigset_t mask = in_force(program);
  pthread_sigmask(SIG_SETMASK, &mask, nullptr);
}

void SignalState::return_to(ucontext_t* interrupted, const sigset_t& program) {
  copy_set(&interrupted->uc_sigmask, in_force(program));
}

void SignalState::keep_open(int signo, bool open) {
  if (open) {
    sigaddset(&open_, signo);
  } else {
    sigdelset(&open_, signo);
  }
}

static_assert(sizeof(sigset_t) >= SharedMask::kBytes, "its first bytes hold every signal");

void SharedMask::set(const sigset_t& mask) {
  std::array<uint64_t, kWords> words{};
  memcpy(words.data(), &mask, kBytes);
  for (size_t i = 0; i < kWords; ++i) words_[i].store(words[i], std::memory_order_relaxed);
}

sigset_t SharedMask::get() const {
  std::array<uint64_t, kWords> words{};
  for (size_t i = 0; i < kWords; ++i) words[i] = words_[i].load(std::memory_order_relaxed);
  sigset_t mask;
  sigemptyset(&mask);
  memcpy(&mask, words.data(), kBytes);
  return mask;
}

}  // namespace realfork
