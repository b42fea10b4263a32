#include "pool_requests.h"

#include <stddef.h>

#include <algorithm>

namespace realfork {
namespace {

// libuv's rings: a node, or the head of one, is two pointers, to the next and the previous node.
struct Ring {
  Ring* next;
  Ring* previous;
};

Ring* as_ring(void* node) { return static_cast<Ring*>(node); }

void make_empty(Ring* head) { head->next = head->previous = head; }

bool is_empty(const Ring* head) { return head->next == head; }

unsigned length(const Ring* head) {
  unsigned count = 0;
  for (const Ring* node = head->next; node != head; node = node->next) ++count;
  return count;
}

void move_all(Ring* from, Ring* to) {
  if (is_empty(from)) return;
  from->next->previous = to->previous;
  to->previous->next = from->next;
  from->previous->next = to;
  to->previous = from->previous;
  make_empty(from);
}

Ring* take_first(Ring* head) {
  Ring* node = head->next;
  node->next->previous = head;
  head->next = node->next;
  return node;
}

// Finished, and to be reported in this turn.
Ring due = {&due, &due};

// As uv__work_done() of libuv, whose list of what is due is on its stack: there the child of a fork
// in a callback could not get at it.
//
//   uv__work_done(): takes over a, b
//     callback of a: fork()
//       child: the loop has no requests any more
//   uv__work_done(): reports b: assertion failed
void report_finished(uv_async_t* async) {
  uv_loop_t* loop = async->loop;
  uv_mutex_lock(&loop->wq_mutex);
  move_all(as_ring(&loop->wq), &due);
  uv_mutex_unlock(&loop->wq_mutex);
  while (!is_empty(&due)) {
    char* node = reinterpret_cast<char*>(take_first(&due));
    auto* work = reinterpret_cast<uv__work*>(node - offsetof(uv__work, wq));
    // A worker clears `work` when it has run it; uv_cancel() puts something else there.
    work->done(work, work->work == nullptr ? 0 : UV_ECANCELED);
  }
}

struct Requests {
  unsigned writes = 0;
  unsigned others = 0;
};

void count_requests_of_stream(uv_stream_t* stream, Requests* requests) {
  if (stream->connect_req != nullptr) ++requests->others;
  if (stream->shutdown_req != nullptr) ++requests->others;
  requests->writes += length(as_ring(&stream->write_queue));
  requests->writes += length(as_ring(&stream->write_completed_queue));
}

void count_requests_of_handle(uv_handle_t* handle, Requests* requests) {
  switch (uv_handle_get_type(handle)) {
    case UV_TCP:
    case UV_NAMED_PIPE:
    case UV_TTY:
      count_requests_of_stream(reinterpret_cast<uv_stream_t*>(handle), requests);
      return;
    case UV_UDP: {
      auto* socket = reinterpret_cast<uv_udp_t*>(handle);
      requests->others += length(as_ring(&socket->write_queue));
      requests->others += length(as_ring(&socket->write_completed_queue));
      return;
    }
    default:
      return;
  }
}

}  // namespace

void watch_pool(uv_loop_t* loop) { loop->wq_async.async_cb = report_finished; }

void abandon_pool_requests(uv_loop_t* loop, unsigned writes) {
  Requests requests;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* count) {
        count_requests_of_handle(handle, static_cast<Requests*>(count));
      },
      &requests);
  // In the callback of a write libuv has a list on its stack of those that are to be called back
  // after it. Node knows of these and of the one that is.
  const unsigned listed = requests.writes;
  const unsigned on_stack = writes > listed ? writes - listed - 1 : 0;
  loop->active_reqs.count = requests.others + listed + on_stack;
  make_empty(as_ring(&loop->wq));
  make_empty(&due);
}

}  // namespace realfork
