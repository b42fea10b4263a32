#include "idle_children.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

#include "kept_child.h"

namespace realfork {

IdleChildren idle_children;

static_assert(std::atomic<std::uint8_t>::is_always_lock_free &&
                  std::atomic<bool>::is_always_lock_free &&
                  std::atomic<std::uint64_t>::is_always_lock_free,
              "a lock would be one of a single process");

int Pipe::open() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1) return -errno;
  read = ends[0];
  write = ends[1];
  return 0;
}

void Pipe::close_read() {
  if (read != -1) ::close(read);
  read = -1;
}

void Pipe::close_write() {
  if (write != -1) ::close(write);
  write = -1;
}

void Pipe::close() {
  close_read();
  close_write();
}

size_t SharedPlaces::idle() const {
  size_t count = 0;
  for (size_t i = 0; i < used; ++i) {
    if (places[i].state == Place::kIdle && places[i].counts) ++count;
  }
  return count;
}

int IdleChildren::open(const Keeping& keeping) {
  if (const int failure = open_pipes(); failure != 0) {
    close();
    return failure;
  }
  // Of pages of zeros, which are made as they are used.
  void* const memory = ::mmap(nullptr, sizeof(SharedPlaces), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    const int failure = -errno;
    close();
    return failure;
  }
  shared_ = static_cast<SharedPlaces*>(memory);  // an atomic 0 is a 0
  shared_->wanted = std::max(1U, keeping.spare);
  keeping_ = keeping;
  owners_.clear();  // of a server that this process is a child of
  looks_again_ = false;
  has_prepared_ = false;
  return 0;
}

int IdleChildren::open_pipes() {
  for (Pipe* const pipe : {&life_, &bell_, &reports_}) {
    if (const int failure = pipe->open(); failure != 0) return failure;
  }
  return 0;
}

void IdleChildren::close() {
  for (Pipe* const pipe : {&life_, &bell_, &reports_}) pipe->close();
  if (shared_ != nullptr) ::munmap(shared_, sizeof(SharedPlaces));
  shared_ = nullptr;
}

// Those that are idle now are not relied on any more, whatever they have seen of it.
void IdleChildren::end_children() {
  for (Owner& owner : owners_) {
    owner.is_retired = true;
    place_of(owner).counts = false;
  }
  life_.close();
}

int IdleChildren::replace_children() {
  Pipe next;
  if (const int failure = next.open(); failure != 0) return failure;
  end_children();
  life_ = next;
  return 0;
}

void IdleChildren::prepare_child(Place::State state, const std::vector<int>& listeners) {
  Owner* const free = owner_of(0);
  prepared_ = free == nullptr ? owners_.size() : static_cast<size_t>(free - owners_.data());
  if (life_.read == -1 || prepared_ == kMostPlaces) return;
  if (free == nullptr) owners_.emplace_back();
  Place& place = shared_->places[prepared_];
  place.counts = true;
  place.state = state;
  shared_->used = static_cast<std::uint32_t>(owners_.size());
  listeners_ = listeners;
  has_prepared_ = true;
}

void IdleChildren::made(pid_t pid) {
  if (!has_prepared_) return;
  has_prepared_ = false;
  if (pid > 0) {
    owners_[prepared_] = {pid, false};
  } else {
    shared_->places[prepared_].state = Place::kBusy;
  }
}

// The end of the pipe that says that the server is there is its own: also in a child that code of
// the program forks.
void IdleChildren::after_fork_in_child() {
  kept_child.leave();  // of its parent: it is no child of that server
  if (!is_open()) return;
  life_.close_write();
  bell_.close_read();
  reports_.close_read();
  if (has_prepared_) {
    kept_child.begin({*shared_, shared_->places[prepared_], keeping_, listeners_, life_.read,
                      bell_.write, reports_.write});
  } else {
    for (Pipe* const pipe : {&life_, &bell_, &reports_}) pipe->close();
  }
  shared_ = nullptr;  // this is no server
}

IdleChildren::Owner* IdleChildren::owner_of(pid_t pid) {
  const auto owner = std::find_if(owners_.begin(), owners_.end(),
                                  [&](const Owner& one) { return one.pid == pid; });
  return owner == owners_.end() ? nullptr : &*owner;
}

void IdleChildren::ended(pid_t pid) {
  Owner* const owner = is_open() ? owner_of(pid) : nullptr;
  if (owner == nullptr) return;
  if (place_of(*owner).state.exchange(Place::kBusy) != Place::kBusy) looks_again_ = true;
  *owner = Owner();
}

// One that is stopped takes no client, though it waits for one: the server is told by SIGCHLD.
void IdleChildren::stopped(pid_t pid, bool is_stopped) {
  Owner* const owner = is_open() ? owner_of(pid) : nullptr;
  if (owner == nullptr || owner->is_retired) return;
  Place& place = place_of(*owner);
  place.counts = !is_stopped;
  if (is_stopped && place.state != Place::kBusy) looks_again_ = true;
}

void IdleChildren::hear_bell() const {
  char rung[64];
  while (::read(bell_.read, rung, sizeof(rung)) > 0) continue;
}

}  // namespace realfork
