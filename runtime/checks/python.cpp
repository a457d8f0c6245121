// Which Python the platform takes for the project, and wishes that it cannot meet.
//
// It has 3.12 (the default), 3.13 and 3.14; its selector also knows 3.9 to 3.11, but the runtime
// that is put beside the functions needs 3.12.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "runtime/checks/check.h"
#include "runtime/packages/requirement.h"
#include "runtime/project/toml.h"

namespace localfn::checks {
namespace {

constexpr PythonVersion kDefault{3, 12};
constexpr PythonVersion kDiscontinued{3, 6};
// In the order in which the platform prefers them.
constexpr std::array<PythonVersion, 6> kKnown = {
    {{3, 12}, {3, 14}, {3, 13}, {3, 11}, {3, 10}, {3, 9}}};

/// What a file asks for: the known versions that suit, in their order. Without a file: nothing.
struct Wish {
  Place place;
  std::string written;  ///< "3.8", ">=3.15"
  std::vector<PythonVersion> suiting;
};

std::string read(const Project& project, const char* file) {
  return decode_text(read_text_file((project.root / file).string()).bytes.value_or(""));
}

/// "3.12", "cpython@3.12", "312", ">=3.12,<3.14".
std::optional<std::vector<PythonVersion>> suiting(std::string_view text) {
  for (const std::string_view prefix : {"cpython@", "cpython-", "python"}) {
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  }
  std::string word(text);
  const bool digits = !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
  if (digits && word.size() > 1) word.insert(1, ".");
  if (digits && word.size() == 1) word = "==" + word + ".*";
  const auto exact = parse_python_version(word);
  std::vector<PythonVersion> found;
  for (const PythonVersion each : kKnown) {
    const auto fits = exact ? std::optional<bool>(each == *exact) : satisfies(each, word);
    if (!fits) return {};
    if (*fits) found.push_back(each);
  }
  return found;
}

/// The lines of .python-version are alternatives; nothing when there is no such file.
Wish version_file_wish(const Project& project, Findings& findings) {
  constexpr const char* kFile = ".python-version";
  if (!project.files.contains(kFile)) return {};
  const std::string text = read(project, kFile);
  Wish wish{{kFile, 0, 0}, {}, {}};
  bool understood = false;
  int number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    ++number;
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = packages::trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line[0] == '#') continue;
    if (wish.place.line == 0) wish.place.line = number;
    if (wish.written.empty()) wish.written = std::string(line);
    if (const auto versions = suiting(line)) {
      understood = true;
      wish.suiting.insert(wish.suiting.end(), versions->begin(), versions->end());
    }
  }
  if (understood) return wish;
  Finding found =
      finding("python-version", wish.place,
              fmt::format("{} is no version, so the build fails", in_quotes(wish.written)),
              "write a version like 3.12");
  found.platform = "could not parse .python-version file: no valid Python version requests found";
  findings.push_back(std::move(found));
  return {};
}

Wish requirement_wish(const Project& project) {
  constexpr const char* kFile = "pyproject.toml";
  if (!project.files.contains(kFile)) return {};
  const auto value = toml_value(read(project, kFile), "project.requires-python");
  if (!value) return {};
  const auto versions = suiting(value->text);
  if (!versions) return {};
  return {{kFile, static_cast<int>(value->line), 0}, value->text, *versions};
}

/// A version of Pipfile.lock that the platform does not take: only the oldest fail the build.
Finding lock_finding(const std::string& written, PythonVersion version) {
  const bool discontinued = version <= kDiscontinued;
  const bool known = std::find(kKnown.begin(), kKnown.end(), version) != kKnown.end();
  Finding found = finding(
      "python-version", {"Pipfile.lock", 0, 0},
      fmt::format("asks for Python {}, {}", in_quotes(written),
                  discontinued ? "which the platform no longer has, so the build fails"
                               : "which the platform ignores: it takes 3.12"),
      "ask for 3.12, 3.13 or 3.14");
  if (!discontinued) found.severity = Severity::Warning;
  const std::string seen = fmt::format("detected in Pipfile.lock is {}",
                                       discontinued ? "discontinued and must be upgraded."
                                       : known      ? "below the minimum supported version."
                                                    : "invalid and will be ignored.");
  found.platform = known ? fmt::format("Python version {} {}", version.text(), seen)
                         : fmt::format("Python version \"{}\" {}", version.text(), seen);
  return found;
}

Wish lock_wish(const Project& project, Findings& findings) {
  constexpr const char* kFile = "Pipfile.lock";
  if (!project.files.contains(kFile)) return {};
  const auto lock = nlohmann::json::parse(read(project, kFile), nullptr, false);
  const nlohmann::json::json_pointer where("/_meta/requires/python_version");
  if (!lock.is_object() || !lock.contains(where) || !lock[where].is_string()) return {};
  const auto written = lock[where].get<std::string>();
  const auto versions = suiting(written);
  if (!versions) return {};
  const bool taken = !versions->empty() && versions->front() >= kDefault;
  if (const auto exact = parse_python_version(written); exact && !taken) {
    findings.push_back(lock_finding(written, *exact));
    return {};
  }
  return {{kFile, 0, 0}, written, *versions};
}

}  // namespace

PythonVersion check_python(const Input& input, Findings& findings) {
  const Project& project = input.project;
  Wish wish = version_file_wish(project, findings);
  if (wish.place.file.empty()) wish = requirement_wish(project);
  if (wish.place.file.empty()) wish = lock_wish(project, findings);
  if (wish.place.file.empty()) return kDefault;
  if (wish.suiting.empty()) {
    findings.push_back(finding("python-version", wish.place,
                               fmt::format("asks for Python {}, which the platform does not have",
                                           in_quotes(wish.written)),
                               "ask for 3.12, 3.13 or 3.14"));
    return kDefault;
  }
  // Of alternatives, the one that the platform likes best.
  const PythonVersion taken =
      *std::find_first_of(kKnown.begin(), kKnown.end(), wish.suiting.begin(), wish.suiting.end());
  if (taken >= kDefault) return taken;
  Finding found = finding(
      "python-version", wish.place,
      fmt::format("asks for Python {}, which the platform has only in name: its runtime needs 3.12",
                  in_quotes(wish.written)),
      "ask for 3.12, 3.13 or 3.14");
  found.severity = Severity::Warning;
  findings.push_back(std::move(found));
  return kDefault;
}

}  // namespace localfn::checks
