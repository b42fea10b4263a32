#include <stdio.h>
#include <stdlib.h>

#include <array>
#include <memory>

#include "platform_memory.h"

namespace realfork::platform {

// "7f12a000-7f12c000 r--p …" (proc_pid_maps(5)).
std::optional<int> protection_of(const void* address) {
  const std::unique_ptr<FILE, int (*)(FILE*)> maps(fopen("/proc/self/maps", "re"), fclose);
  if (!maps) return std::nullopt;
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  std::array<char, 4096> line{};
  while (fgets(line.data(), line.size(), maps.get()) != nullptr) {
    char* end = nullptr;
    const uintptr_t from = strtoul(line.data(), &end, 16);
    if (*end != '-') continue;
    const uintptr_t to = strtoul(end + 1, &end, 16);
    if (wanted < from || wanted >= to || *end != ' ') continue;
    return (end[1] == 'r' ? PROT_READ : 0) | (end[2] == 'w' ? PROT_WRITE : 0) |
           (end[3] == 'x' ? PROT_EXEC : 0);
  }
  return std::nullopt;
}

}  // namespace realfork::platform
