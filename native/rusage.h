// struct rusage as JavaScript has it.
#ifndef REALFORK_RUSAGE_H_
#define REALFORK_RUSAGE_H_

#include <napi.h>
#include <sys/resource.h>

namespace realfork {

Napi::Object rusage_object(Napi::Env env, const struct rusage& usage);

}  // namespace realfork

#endif  // REALFORK_RUSAGE_H_
