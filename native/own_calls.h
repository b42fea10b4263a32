// Constants that one system alone has: own_calls_<system>.cc, with the calls that go with them.
#ifndef REALFORK_OWN_CALLS_H_
#define REALFORK_OWN_CALLS_H_

#include <vector>

namespace realfork {

struct Constant {
  const char* name;
  double value;
};

std::vector<Constant> own_constants();

}  // namespace realfork

#endif  // REALFORK_OWN_CALLS_H_
