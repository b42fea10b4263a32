#include <sys/sysctl.h>
#include <sys/types.h>
#include <sys/user.h>

#include <vector>

#include "platform_memory.h"

namespace realfork::platform {

// sysctl(3), KERN_PROC_VMMAP: struct kinfo_vmentry, each as long as it says.
std::optional<int> protection_of(const void* address) {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_VMMAP, getpid()};
  size_t size = 0;
  if (sysctl(name, 4, nullptr, &size, nullptr, 0) == -1) return std::nullopt;
  std::vector<char> entries(size * 4 / 3);
  size = entries.size();
  if (sysctl(name, 4, entries.data(), &size, nullptr, 0) == -1) return std::nullopt;
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  for (size_t at = 0; at < size;) {
    const auto* entry = reinterpret_cast<const struct kinfo_vmentry*>(entries.data() + at);
    if (entry->kve_structsize <= 0) break;
    if (wanted >= entry->kve_start && wanted < entry->kve_end) {
      const int protection = entry->kve_protection;
      return ((protection & KVME_PROT_READ) != 0 ? PROT_READ : 0) |
             ((protection & KVME_PROT_WRITE) != 0 ? PROT_WRITE : 0) |
             ((protection & KVME_PROT_EXEC) != 0 ? PROT_EXEC : 0);
    }
    at += static_cast<size_t>(entry->kve_structsize);
  }
  return std::nullopt;
}

}  // namespace realfork::platform
