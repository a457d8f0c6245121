// One line of a head: "name: value\r\n".
//
// Pure. A request writes two dozen of them, so a line is one growth of the string and two copies.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

namespace localfn::http {

inline void append_line(std::string& out, std::string_view name, std::string_view value) {
  const std::size_t begin = out.size();
  out.resize(begin + name.size() + value.size() + 4);
  char* to = out.data() + begin;
  std::memcpy(to, name.data(), name.size());
  to += name.size();
  std::memcpy(to, ": ", 2);
  std::memcpy(to + 2, value.data(), value.size());
  std::memcpy(to + 2 + value.size(), "\r\n", 2);
}

}  // namespace localfn::http
