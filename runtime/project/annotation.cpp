#include "runtime/project/annotation.h"

#include <fmt/format.h>

namespace localfn {
namespace {

/// A command is one line, and '%' introduces what stands for the others.
std::string escaped_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '%':
        out += "%25";
        break;
      case '\r':
        out += "%0D";
        break;
      case '\n':
        out += "%0A";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// In a property ':' and ',' would end it.
std::string escaped_property(std::string_view text) {
  std::string out;
  for (const char c : escaped_text(text)) {
    if (c == ':') {
      out += "%3A";
    } else if (c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string workflow_command(const Annotation& annotation) {
  std::string properties;
  if (!annotation.file.empty()) properties += "file=" + escaped_property(annotation.file) + ",";
  if (annotation.line > 0) properties += fmt::format("line={},", annotation.line);
  if (annotation.line > 0 && annotation.column > 0) {
    properties += fmt::format("col={},", annotation.column);
  }
  return fmt::format("::{} {}title={}::{}\n", annotation.level, properties,
                     escaped_property(annotation.title), escaped_text(annotation.text));
}

}  // namespace localfn
