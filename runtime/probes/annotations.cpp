#include "runtime/probes/annotations.h"

#include <fmt/format.h>

#include <charconv>

#include "runtime/project/annotation.h"
#include "runtime/project/text.h"

namespace localfn::probes {
namespace {

struct Place {
  std::string file;
  int line = 0;
};

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

std::string command(std::string_view level, const Place& place, std::string_view title,
                    std::string_view text) {
  return workflow_command({level, place.file, place.line, 0, title, text});
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
    out += workflow_command({"error", each.file, each.line, each.column, "localfn", each.message});
  }
  return out;
}

}  // namespace localfn::probes
