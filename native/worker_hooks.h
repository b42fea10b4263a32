// What Node's V8 platform gives to its workers, led to those of a forked child.
#ifndef REALFORK_WORKER_HOOKS_H_
#define REALFORK_WORKER_HOOKS_H_

#include <node.h>
#include <v8-platform.h>

#include <memory>

namespace realfork {

class ChildWorkers;

/**
 * Call once, on the main thread, before the first fork. From here on `posted` is called after each
 * task that this thread posts, and a child can be given other workers. False if the system does not
 * allow it.
 */
bool hook_platform(node::MultiIsolatePlatform* platform, void (*posted)());

/** In a child: from here on these are the workers. */
void use_workers(ChildWorkers* workers);

/** To Node's own workers, behind whatever V8 has posted, and past what is held. */
void post_to_node(node::MultiIsolatePlatform* platform, std::unique_ptr<v8::Task> task);

/** What this thread posts from here on waits, in no queue that a child could not use. */
void hold_tasks();

/** What waits goes to the workers of this process. */
void let_tasks_go();

}  // namespace realfork

#endif  // REALFORK_WORKER_HOOKS_H_
