#include "runtime/base/errors.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace localfn {

std::string Diagnostic::format() const {
  std::string text = file;
  if (line > 0) text += fmt::format(":{}:{}", line, column > 0 ? column : 1);
  text += ": " + message;
  if (line > 0 && !excerpt.empty()) {
    // The caret stands under the byte column; tabs are kept so that it lines up in a terminal.
    std::string lead;
    for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(column > 0 ? column : 1); ++i) {
      lead += i < excerpt.size() && excerpt[i] == '\t' ? '\t' : ' ';
    }
    text += fmt::format("\n    {}\n    {}^", excerpt, lead);
  }
  if (!platform.empty()) text += "\n  platform: " + platform;
  return text;
}

int check(int rc, std::string_view what) {
  if (rc < 0) {
    throw std::system_error(errno, std::generic_category(), fmt::format("cannot {}", what));
  }
  return rc;
}

std::string errno_text(int error_number) {
  return std::error_code(error_number, std::generic_category()).message();
}

}  // namespace localfn
