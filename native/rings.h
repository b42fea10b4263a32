// libuv's rings: a node, or the head of one, is two pointers, to the next and the previous node.
#ifndef REALFORK_RINGS_H_
#define REALFORK_RINGS_H_

namespace realfork {

struct Ring {
  Ring* next;
  Ring* previous;
};

inline Ring* as_ring(void* node) { return static_cast<Ring*>(node); }

inline bool is_empty(const Ring* head) { return head->next == head; }

inline void make_empty(Ring* head) { head->next = head->previous = head; }

inline void take_out(Ring* node) {
  node->next->previous = node->previous;
  node->previous->next = node->next;
}

}  // namespace realfork

#endif  // REALFORK_RINGS_H_
