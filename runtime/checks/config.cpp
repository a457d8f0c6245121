// What the project's own readers have found, in the form of findings.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "runtime/checks/check.h"

namespace localfn::checks {
namespace {

/// The platform's code decides which finding an error of the readers is.
std::string_view code_of(const Diagnostic& problem) {
  if (problem.platform.find("[conflicting_") != std::string::npos) return "path-conflict";
  if (problem.platform.find("[unused_function]") != std::string::npos) return "unused-pattern";
  return "config";
}

std::string_view fix_of(std::string_view code) {
  if (code == "path-conflict") return "rename one of them, or move one out of api/";
  if (code == "unused-pattern") return "correct the pattern, or take it out";
  return {};
}

/// Warnings of the readers that tell of the platform. The others are about what localfn leaves out.
struct Telling {
  std::string_view words;
  std::string_view code;
  Severity severity;
};
constexpr std::array<Telling, 9> kTelling = {{
    {" is ignored; did you mean ", "config", Severity::Warning},
    {" is ignored: it is a string or null", "config", Severity::Warning},
    {"given twice", "config", Severity::Warning},
    {"outputDirectory ", "config", Severity::Warning},
    {"this build matches no file", "config", Severity::Warning},
    {"the platform refuses it", "unused-pattern", Severity::Error},
    {" because name is invalid", "reserved-variable", Severity::Warning},
    {" is reserved on the platform", "reserved-variable", Severity::Warning},
    {"cannot be overridden, as on the platform", "reserved-variable", Severity::Warning},
}};

/// "vercel.json:3:5: text" → its place, and `text` is what is left.
Place take_place(std::string& text) {
  Place place;
  const auto number = [](std::string_view word) -> std::optional<int> {
    int value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size()) return {};
    return value;
  };
  const auto first = text.find(':');
  const auto space = text.find(": ");
  if (first == std::string::npos || space == std::string::npos) return place;
  const std::string_view head = std::string_view(text).substr(0, space);
  if (head.find(' ') != std::string_view::npos) return place;
  place.file = std::string(head.substr(0, first));
  if (first < space) {
    const std::string_view rest = head.substr(first + 1);
    const auto colon = std::min(rest.find(':'), rest.size());
    place.line = number(rest.substr(0, colon)).value_or(0);
    if (colon < rest.size()) place.column = number(rest.substr(colon + 1)).value_or(0);
  }
  text.erase(0, space + 2);
  return place;
}

}  // namespace

void check_config(const Input& input, Findings& findings) {
  for (const Diagnostic& problem : input.project.errors) {
    const std::string_view code = code_of(problem);
    findings.push_back(finding_of(code, problem, std::string(fix_of(code))));
  }
  for (const std::string& warning : input.project.warnings) {
    for (const Telling& each : kTelling) {
      if (warning.find(each.words) == std::string::npos) continue;
      std::string text = warning;
      Place place = take_place(text);
      findings.push_back(finding(each.code, std::move(place), std::move(text)));
      findings.back().severity = each.severity;
      break;
    }
  }
}

}  // namespace localfn::checks
