// Children of a server that wait for clients by themselves: those that have served one and may
// serve more (`requests`), and those that were forked before there was a client (`spare`). Here is
// the server's half; kept_child.h has the child's.
//
// The server leaves a connection to them as long as one is idle, and looks at its listeners only
// when none is. Who is idle stands in memory that all of them share: a place for each child, which
// that child alone writes, so that one that is killed leaves no wrong count behind. No client waits
// for a child that is busy:
//
//   server                                   child
//     relied = 1                               accept()
//     is a child idle?                         its place: busy
//       no:  relied = 0, look at listeners     relied, and too few are idle?
//       yes: wait for the bell                   ring the bell
//
// Both write before they read, and all of it is sequentially consistent: the server sees that the
// child is busy, or the child sees that it is relied on. Of two children that become busy at the
// same time the second sees both.
//
// A child may have been woken for a client and end without it: it is killed, or the server replaces
// it. The kernel has woken nobody else for that client. So the server looks at its listeners when
// it reaps a child that was not busy (looks_again()).
#ifndef REALFORK_IDLE_CHILDREN_H_
#define REALFORK_IDLE_CHILDREN_H_

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "reports.h"

namespace realfork {

/** How a server keeps its children. */
struct Keeping {
  /** The clients that a child serves, one after the other. */
  unsigned requests = 1;
  /** So many children are to be idle. */
  unsigned spare = 0;
  /** Seconds that a client may take; 0: no limit. */
  unsigned timeout = 0;
  /** Whether the server is to know of each client, and not only how many there were. */
  bool reports = false;
};

/** Both ends; -1: none. */
struct Pipe {
  int read = -1;
  int write = -1;

  /** 0 or -errno. Neither end blocks, and no program that this process starts has one. */
  int open();
  void close_read();
  void close_write();
  void close();
};

/** What the server and its children share of one child. */
struct Place {
  enum State : std::uint8_t { kBusy, kIdle, kLeaving };

  /** Written by the child. */
  std::atomic<std::uint8_t> state;
  /** Written by the server: whether it counts as idle where it is. Not when it is stopped, nor when
   * it is to end. */
  std::atomic<bool> counts;
};

/** As many as a server may have children. */
constexpr size_t kMostPlaces = 100'000;

struct SharedPlaces {
  /** The server looks at no listener, and waits for the bell. */
  std::atomic<bool> relied;
  /** With fewer idle children than that it wants to know. */
  std::atomic<std::uint32_t> wanted;
  /** The first places, which may be taken. */
  std::atomic<std::uint32_t> used;
  /** Connections that children have accepted, and of which the server does not know yet. */
  std::atomic<std::uint64_t> accepted;
  Place places[kMostPlaces];

  size_t idle() const;
};

class IdleChildren {
 public:
  /** 0 or -errno. */
  int open(const Keeping& keeping);
  bool is_open() const { return shared_ != nullptr; }
  void close();

  const Keeping& keeping() const { return keeping_; }
  /** Of children that are forked from now on. */
  void limit_time(unsigned seconds) { keeping_.timeout = seconds; }

  /** Children that are idle end, and those that are busy when they have served their client. */
  void end_children();
  /** The same; children that are forked from now on stay. 0, or -errno: nothing was done. */
  int replace_children();

  /** Before a fork whose child is to keep the listeners. It is idle from its birth, or has a
   * client. */
  void prepare_child(Place::State state, const std::vector<int>& listeners);
  /** After it, in the server. `pid` is negative where there is no child. */
  void made(pid_t pid);
  /** In any child, after fork(2). */
  void after_fork_in_child();

  /** It has been reaped, has been stopped, goes on. */
  void ended(pid_t pid);
  void stopped(pid_t pid, bool is_stopped);
  /** Whether a client may be there for whom nobody has been woken. */
  bool looks_again() const { return looks_again_; }
  void has_looked() { looks_again_ = false; }

  size_t idle() const { return shared_->idle(); }
  /** From here on a child that leaves too few idle ones rings the bell, once. */
  void rely() { shared_->relied = true; }
  void rely_no_more() { shared_->relied = false; }

  int bell() const { return bell_.read; }
  void hear_bell() const;
  /** Readable when there are reports. */
  int reports() const { return reports_.read; }
  std::vector<Report> read_reports() const { return reports_in(reports_.read); }
  uint64_t take_accepted() { return shared_->accepted.exchange(0); }

 private:
  struct Owner {
    pid_t pid = 0;  // 0: the place is free
    /** It is to end. */
    bool is_retired = false;
  };

  Owner* owner_of(pid_t pid);
  Place& place_of(const Owner& owner) { return shared_->places[&owner - owners_.data()]; }
  int open_pipes();

  SharedPlaces* shared_ = nullptr;
  Keeping keeping_;
  Pipe life_;  // nobody writes to it: it ends with the server, which alone could
  Pipe bell_;
  Pipe reports_;
  std::vector<Owner> owners_;  // of the places
  bool looks_again_ = false;
  // Of the child that is forked next.
  bool has_prepared_ = false;
  size_t prepared_ = 0;
  std::vector<int> listeners_;
};

/** Those of this process. */
extern IdleChildren idle_children;

}  // namespace realfork

#endif  // REALFORK_IDLE_CHILDREN_H_
