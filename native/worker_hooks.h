// What Node's V8 platform gives to its workers, led to those of a forked child.
#ifndef REALFORK_WORKER_HOOKS_H_
#define REALFORK_WORKER_HOOKS_H_

#include <node.h>
#include <v8-platform.h>

#include <memory>

namespace realfork {

class ChildWorkers;

/**
 * Call once, when the package is loaded: it opens a file, and a fork may find no descriptor left.
 * False if the platform is not the one that
 * this addon was made for: another class, other arguments.
 */
bool find_platform(node::MultiIsolatePlatform* platform);

/**
 * Call once, while all of Node's workers are parked. From here on `posted` is called after each
 * task that any thread posts, and a child can be given other workers. False if the system does not
 * allow it.
 */
bool hook_platform(void (*posted)());

/** In a child: from here on these are the workers. */
void use_workers(ChildWorkers* workers);

/** To Node's own workers, behind whatever V8 has posted, and past tasks that are held. */
void post_to_node(node::MultiIsolatePlatform* platform, std::unique_ptr<v8::Task> task);

/** Tasks that this thread posts from here on are held, in no queue that a child could not use. */
void hold_tasks();

/** Tasks that were held are passed on to the workers of this process. */
void pass_on_tasks();

}  // namespace realfork

#endif  // REALFORK_WORKER_HOOKS_H_
