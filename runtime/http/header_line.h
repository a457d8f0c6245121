// One line of a head: "name: value\r\n".
//
// Pure. A request writes two dozen of them, so a line is one growth of the string and two copies.
#pragma once

#include <string>
#include <string_view>

namespace localfn::http {

inline void append_line(std::string& out, std::string_view name, std::string_view value) {
  using Chars = std::char_traits<char>;  // unlike memcpy's, its empty views may have no address
  const std::size_t begin = out.size();
  out.resize(begin + name.size() + value.size() + 4);
  char* to = Chars::copy(out.data() + begin, name.data(), name.size()) + name.size();
  to = Chars::copy(to, ": ", 2) + 2;
  to = Chars::copy(to, value.data(), value.size()) + value.size();
  Chars::copy(to, "\r\n", 2);
}

}  // namespace localfn::http
