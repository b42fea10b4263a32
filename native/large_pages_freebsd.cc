#include "large_pages.h"

namespace realfork::platform {

// Superpages are made by the kernel where it can (superpages(9)); there is no call to ask for one.
bool gather_heap() { return false; }

}  // namespace realfork::platform
