// What the project's own readers have found, in the form of findings.
#include <fmt/format.h>

#include <array>
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
  if (code == "unused-pattern") return "let it match a function, or take it out";
  return {};
}

/// Warnings of the readers that tell of the platform. The others are about what localfn leaves out.
struct Telling {
  std::string_view words;
  std::string_view code;
  Severity severity;
};
constexpr std::array<Telling, 10> kTelling = {{
    {" is ignored; did you mean ", "config", Severity::Warning},
    {" is ignored: it is a string or null", "config", Severity::Warning},
    {"given twice", "config", Severity::Warning},
    {"outputDirectory ", "config", Severity::Warning},
    {"this build matches no file", "config", Severity::Warning},
    {"the platform refuses it", "unused-pattern", Severity::Error},
    {" because name is invalid", "reserved-variable", Severity::Warning},
    {" is reserved on the platform", "reserved-variable", Severity::Warning},
    {"cannot be overridden, as on the platform", "reserved-variable", Severity::Warning},
    {"localfn serves one project, without services", "services", Severity::Hint},
}};

/// Why there is nothing else to read.
void explain_services(Finding& told) {
  told.message =
      "the services are not judged, nor their files: each has a root of its own, where "
      "imports and paths begin";
  told.fix = "run localfn check in the folder of each service";
}

/// "vercel.json:3:5: text" → its place, and `text` is what is left.
Place take_place(std::string& text) {
  const auto end = text.find(": ");
  const std::string head = text.substr(0, end);
  if (end == std::string::npos || head.find(' ') != std::string::npos) return {};
  text.erase(0, end + 2);
  return read_place(head);
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
      if (each.code == "services") explain_services(findings.back());
      break;
    }
  }
}

}  // namespace localfn::checks
