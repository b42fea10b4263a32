// Limits as JavaScript has them: { rlim_cur, rlim_max }, RLIM_INFINITY as Infinity.
#ifndef REALFORK_LIMITS_H_
#define REALFORK_LIMITS_H_

#include <sys/resource.h>

#include "arguments.h"

namespace realfork {

/** `name` is that of the argument. */
struct rlimit limit_of(Arguments& arguments, Napi::Object object, const char* name);

}  // namespace realfork

#endif  // REALFORK_LIMITS_H_
