// What a system tells of other processes beside the calls of POSIX: one implementation per system,
// observe_<system>.cc. src/observe/ makes one picture of it.
#ifndef REALFORK_OBSERVE_H_
#define REALFORK_OBSERVE_H_

#include <napi.h>

namespace realfork {

/** { linux: { ... } } or { freebsd: { ... } }: src/native.ts has the shapes. */
Napi::Object observation(Napi::Env env);

}  // namespace realfork

#endif  // REALFORK_OBSERVE_H_
