// A child that waits for clients by itself: see idle_children.h, which has the server's half.
#ifndef REALFORK_KEPT_CHILD_H_
#define REALFORK_KEPT_CHILD_H_

#include <cstddef>
#include <vector>

#include "client_wait.h"
#include "clients_turn.h"
#include "idle_children.h"

namespace realfork {

class KeptChild {
 public:
  struct Parts {
    SharedPlaces& shared;
    Place& place;
    Keeping keeping;
    std::vector<int> listeners;
    /** Readable when it is to end. */
    int life;
    int bell;
    int reports;
  };

  /** In the child, after fork(2). */
  void begin(const Parts& parts);
  /** Whether this is such a child, which may take another client. */
  bool is_kept() const { return shared_ != nullptr; }
  const std::vector<int>& listeners() const { return listeners_; }

  /** Its next client. `status`: of the one before, where there was one. False: none, and it is to
   * end. */
  bool next(int status, Connection* connection);

  /** It takes no more clients, and keeps nothing for that. */
  void leave();

 private:
  bool wait(Connection* connection);
  bool take(size_t listener, Connection* connection);
  bool take_any(Connection* connection);
  void is_idle_no_more(Place::State state);
  void tell(Report& report);
  void ring() const;

  SharedPlaces* shared_ = nullptr;
  Place* place_ = nullptr;
  Keeping keeping_;
  std::vector<int> listeners_;
  int life_ = -1;
  int bell_ = -1;
  int reports_ = -1;
  ClientWait wait_;
  bool waits_ = false;
  bool serves_ = false;
  unsigned left_ = 0;
};

extern KeptChild kept_child;

/** In a child: of its last client. */
extern SocketAddress peer_of_client;

}  // namespace realfork

#endif  // REALFORK_KEPT_CHILD_H_
