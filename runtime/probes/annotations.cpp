#include "runtime/probes/annotations.h"

#include <fmt/format.h>

#include <charconv>

#include "runtime/project/text.h"

namespace localfn::probes {
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

struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

std::string command(std::string_view name, const Place& place, std::string_view title,
                    std::string_view text) {
  std::string properties;
  if (!place.file.empty()) properties += "file=" + escaped_property(place.file) + ",";
  if (place.line > 0) properties += fmt::format("line={},", place.line);
  if (place.column > 0) properties += fmt::format("col={},", place.column);
  return fmt::format("::{} {}title={}::{}\n", name, properties, escaped_property(title),
                     escaped_text(text));
}

/// "    api/boom.py:13  average" of a traceback: the last line in the function's own file; 0: none.
int line_of_traceback(const Result& result) {
  const std::string start = result.function + ":";
  for (auto line = result.log.rbegin(); line != result.log.rend(); ++line) {
    const auto text = line->find_first_not_of(' ');
    if (text == std::string::npos || line->compare(text, start.size(), start) != 0) continue;
    int number = 0;
    const char* const digits = line->data() + text + start.size();
    std::from_chars(digits, line->data() + line->size(), number);
    if (number > 0) return number;
  }
  return 0;
}

Place place_of(const Result& result) {
  if (result.probe.file.empty()) return {result.function};
  // No file of probes asks for it, but the function itself: then where it has failed says more.
  const bool by_function = !result.function.empty() && result.probe.file.ends_with(result.function);
  const int line = by_function ? line_of_traceback(result) : 0;
  return {result.probe.file, line > 0 ? line : result.probe.line};
}

}  // namespace

std::string to_annotations(const std::vector<Result>& results) {
  std::string out;
  for (const Result& each : results) {
    const std::string name = printable(each.probe.name);
    if (!each.passed()) {
      out += command("error", place_of(each), name, details_of(each));
    } else if (each.slow) {
      const double took = static_cast<double>(each.response.took.count()) / 1000.0;
      out += command("warning", place_of(each), name,
                     fmt::format("took {:.1f} ms, more than {} ms", took,
                                 each.probe.limit ? each.probe.limit->count() : 0));
    }
  }
  return out;
}

std::string to_annotations(const std::vector<Diagnostic>& problems) {
  std::string out;
  for (const Diagnostic& each : problems) {
    out += command("error", {each.file, each.line, each.column}, "localfn", each.message);
  }
  return out;
}

}  // namespace localfn::probes
