#include "pool_requests.h"

#include <stddef.h>

#include <algorithm>

#include "rings.h"

namespace realfork {
namespace {

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
  take_out(node);
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

Requests count_requests(uv_loop_t* loop) {
  Requests requests;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* count) {
        count_requests_of_handle(handle, static_cast<Requests*>(count));
      },
      &requests);
  return requests;
}

// In the callback of a write libuv has a list on its stack of those that are to be called back
// after it. `writes`, of which Node knows, has these and the one whose callback it is.
unsigned count_on_stack(const Requests& listed, unsigned writes) {
  return writes > listed.writes ? writes - listed.writes - 1 : 0;
}

}  // namespace

struct ParkJobs::Job {
  uv_work_t request{};
  Gate* gate = nullptr;
  Gate::Round round = 0;
  bool is_posted = false;
};

ParkJobs::Job* ParkJobs::idle_job() {
  for (Job* job : jobs_) {
    if (!job->is_posted) return job;
  }
  jobs_.push_back(new Job);
  jobs_.back()->request.data = jobs_.back();
  return jobs_.back();
}

// A program that forks without an end, and whose event loop never turns, would never hear of their
// end, and have more of them with each fork.
void ParkJobs::take_back_finished(uv_loop_t* loop) {
  uv_mutex_lock(&loop->wq_mutex);
  const Ring* head = as_ring(&loop->wq);
  for (Ring* node = head->next; node != head;) {
    Ring* const next = node->next;
    for (Job* job : jobs_) {
      if (node != as_ring(&job->request.work_req.wq)) continue;
      take_out(node);
      loop->active_reqs.count -= 1;
      job->is_posted = false;
    }
    node = next;
  }
  uv_mutex_unlock(&loop->wq_mutex);
}

void ParkJobs::post(uv_loop_t* loop, Gate* gate, Gate::Round round, size_t count) {
  if (round != round_) {
    take_back_finished(loop);
    round_ = round;
    of_this_round_ = 0;
  }
  for (; of_this_round_ < count; ++of_this_round_) {
    Job* job = idle_job();
    job->gate = gate;
    job->round = round;
    job->is_posted = true;
    uv_queue_work(
        loop, &job->request,
        [](uv_work_t* request) {
          const auto* work = static_cast<Job*>(request->data);
          work->gate->pass(work->round);
        },
        [](uv_work_t* request, int) { static_cast<Job*>(request->data)->is_posted = false; });
  }
}

unsigned ParkJobs::under_way() const {
  return static_cast<unsigned>(
      std::count_if(jobs_.begin(), jobs_.end(), [](const Job* job) { return job->is_posted; }));
}

void ParkJobs::forget() {
  for (Job* job : jobs_) job->is_posted = false;
  of_this_round_ = 0;
}

unsigned pool_requests_under_way(uv_loop_t* loop, unsigned writes) {
  const Requests listed = count_requests(loop);
  const unsigned others = listed.others + listed.writes + count_on_stack(listed, writes);
  const unsigned all = loop->active_reqs.count;
  return all > others ? all - others : 0;
}

bool writes_under_way(uv_loop_t* loop) { return count_requests(loop).writes > 0; }

void watch_pool(uv_loop_t* loop) { loop->wq_async.async_cb = report_finished; }

void abandon_pool_requests(uv_loop_t* loop, unsigned writes) {
  const Requests listed = count_requests(loop);
  loop->active_reqs.count = listed.others + listed.writes + count_on_stack(listed, writes);
  make_empty(as_ring(&loop->wq));
  make_empty(&due);
}

}  // namespace realfork
