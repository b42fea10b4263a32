// Lists of strings as C has them: argv, envp.
#ifndef REALFORK_STRING_LISTS_H_
#define REALFORK_STRING_LISTS_H_

#include <string>
#include <vector>

namespace realfork {

/** Pointers to the strings, ended by a null pointer. Valid as long as the strings are. */
inline std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  list.reserve(strings.size() + 1);
  for (std::string& string : strings) list.push_back(string.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace realfork

#endif  // REALFORK_STRING_LISTS_H_
