// execve(2), execv(3), execvp(3), fexecve(3). Those without an environment take that of
// process.env, which Node keeps in the C library's environ.
#include <unistd.h>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"
#include "standard_descriptors.h"
#include "string_lists.h"

namespace realfork {

Napi::Value call_execve(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "execve");
  const std::string path = arguments.text(0, "path");
  std::vector<std::string> argv = arguments.texts(1, "argv");
  std::vector<std::string> envp = arguments.texts(2, "envp");
  if (!arguments.ok()) return info.Env().Undefined();
  const std::vector<char*> argv_list = pointers(argv);
  const std::vector<char*> envp_list = pointers(envp);
  const StandardDescriptorsKept kept;
  return number(info.Env(), execute([&] {
                  return ::execve(path.c_str(), argv_list.data(), envp_list.data());
                }));
}

Napi::Value call_execv(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "execv");
  const std::string path = arguments.text(0, "path");
  std::vector<std::string> argv = arguments.texts(1, "argv");
  if (!arguments.ok()) return info.Env().Undefined();
  const std::vector<char*> argv_list = pointers(argv);
  const StandardDescriptorsKept kept;
  return number(info.Env(), execute([&] { return ::execv(path.c_str(), argv_list.data()); }));
}

Napi::Value call_execvp(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "execvp");
  const std::string file = arguments.text(0, "file");
  std::vector<std::string> argv = arguments.texts(1, "argv");
  if (!arguments.ok()) return info.Env().Undefined();
  const std::vector<char*> argv_list = pointers(argv);
  const StandardDescriptorsKept kept;
  return number(info.Env(), execute([&] { return ::execvp(file.c_str(), argv_list.data()); }));
}

Napi::Value call_fexecve(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "fexecve");
  const int fd = arguments.integer(0, "fd");
  std::vector<std::string> argv = arguments.texts(1, "argv");
  std::vector<std::string> envp = arguments.texts(2, "envp");
  if (!arguments.ok()) return info.Env().Undefined();
  const std::vector<char*> argv_list = pointers(argv);
  const std::vector<char*> envp_list = pointers(envp);
  const StandardDescriptorsKept kept;
  return number(info.Env(),
                execute([&] { return ::fexecve(fd, argv_list.data(), envp_list.data()); }));
}

}  // namespace realfork
