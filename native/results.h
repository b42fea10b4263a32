// C → JavaScript. A failure is the negative errno; which shape a success has is each call's own.
#ifndef REALFORK_RESULTS_H_
#define REALFORK_RESULTS_H_

#include <napi.h>

#include <initializer_list>
#include <limits>
#include <utility>

namespace realfork {

template <typename Integer>
Napi::Value number(Napi::Env env, Integer value) {
  if constexpr (std::numeric_limits<Integer>::digits <= std::numeric_limits<int32_t>::digits) {
    napi_value result = nullptr;  // no detour by way of a double
    napi_create_int32(env, value, &result);
    return {env, result};
  } else {
    return Napi::Number::New(env, static_cast<double>(value));
  }
}

/** A struct whose fields are numbers. */
inline Napi::Value structure(Napi::Env env,
                             std::initializer_list<std::pair<const char*, double>> fields) {
  Napi::Object object = Napi::Object::New(env);
  for (const auto& [name, value] : fields) object.Set(name, Napi::Number::New(env, value));
  return object;
}

/** The two ends that pipe(2) and socketpair(2) give. */
inline Napi::Value descriptor_pair(Napi::Env env, const int (&ends)[2]) {
  Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(0U, Napi::Number::New(env, ends[0]));
  pair.Set(1U, Napi::Number::New(env, ends[1]));
  return pair;
}

}  // namespace realfork

#endif  // REALFORK_RESULTS_H_
