#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>

#include <array>
#include <memory>

#include "platform_memory.h"

namespace realfork::platform {

namespace {

struct Search {
  uintptr_t wanted;
  std::optional<int> found;
};

int flags_of(const ElfW(Phdr) & header) {
  return ((header.p_flags & PF_R) != 0 ? PROT_READ : 0) |
         ((header.p_flags & PF_W) != 0 ? PROT_WRITE : 0) |
         ((header.p_flags & PF_X) != 0 ? PROT_EXEC : 0);
}

// Where there is no /proc: the protection that the loader was told to give. What is in a segment of
// type RELRO it makes read-only when it is done with it (elf(5)).
std::optional<int> protection_by_headers(uintptr_t address) {
  Search search{address, std::nullopt};
  dl_iterate_phdr(
      [](struct dl_phdr_info* info, size_t, void* data) {
        auto* search = static_cast<Search*>(data);
        bool is_read_only = false;
        for (size_t i = 0; i < info->dlpi_phnum; ++i) {
          const ElfW(Phdr)& header = info->dlpi_phdr[i];
          const uintptr_t from = info->dlpi_addr + header.p_vaddr;
          if (search->wanted < from || search->wanted - from >= header.p_memsz) continue;
          if (header.p_type == PT_LOAD) search->found = flags_of(header);
          if (header.p_type == PT_GNU_RELRO) is_read_only = true;
        }
        if (is_read_only) search->found = PROT_READ;
        return search->found ? 1 : 0;
      },
      &search);
  return search.found;
}

}  // namespace

// "7f12a000-7f12c000 r--p …" (proc_pid_maps(5)).
std::optional<int> protection_of(const void* address) {
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  const std::unique_ptr<FILE, int (*)(FILE*)> maps(fopen("/proc/self/maps", "re"), fclose);
  if (!maps) return protection_by_headers(wanted);
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
