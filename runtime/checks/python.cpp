// Which Python the platform takes for the project, and wishes that it cannot meet. Each function is
// built for itself there: the files nearest to it count.
//
// It has 3.12 (the default), 3.13 and 3.14; its selector also knows 3.9 to 3.11, but the runtime
// that is put beside the functions needs 3.12.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

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

std::string read(const Project& project, const std::string& file) {
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

/// The file of this name in `folder` ("" or "api/") or the nearest one above; empty: there is none.
std::string nearest(const Project& project, std::string folder, std::string_view name) {
  while (true) {
    std::string file = folder + std::string(name);
    if (project.files.contains(file)) return file;
    if (folder.empty()) return {};
    const auto slash = folder.rfind('/', folder.size() - 2);
    folder.resize(slash == std::string::npos ? 0 : slash + 1);
  }
}

/// The lines of a .python-version are alternatives.
Wish version_file_wish(const Project& project, const std::string& file, Findings& findings) {
  const std::string text = read(project, file);
  Wish wish{{file, 0, 0}, {}, {}};
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

Wish requirement_wish(const Project& project, const std::string& file) {
  const auto value = toml_value(read(project, file), "project.requires-python");
  if (!value) return {};
  const auto versions = suiting(value->text);
  if (!versions) return {};
  return {{file, static_cast<int>(value->line), 0}, value->text, *versions};
}

/// A version of Pipfile.lock that the platform does not take: only the oldest fail the build.
Finding lock_finding(const std::string& file, const std::string& written, PythonVersion version) {
  const bool discontinued = version <= kDiscontinued;
  const bool known = std::find(kKnown.begin(), kKnown.end(), version) != kKnown.end();
  Finding found = finding(
      "python-version", {file, 0, 0},
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

Wish lock_wish(const Project& project, const std::string& file, Findings& findings) {
  const auto lock = nlohmann::json::parse(read(project, file), nullptr, false);
  const nlohmann::json::json_pointer where("/_meta/requires/python_version");
  if (!lock.is_object() || !lock.contains(where) || !lock[where].is_string()) return {};
  const auto written = lock[where].get<std::string>();
  const auto versions = suiting(written);
  if (!versions) return {};
  const bool taken = !versions->empty() && versions->front() >= kDefault;
  if (const auto exact = parse_python_version(written); exact && !taken) {
    findings.push_back(lock_finding(file, written, *exact));
    return {};
  }
  return {{file, 0, 0}, written, *versions};
}

/// The files that say which Python is taken for the functions of a folder.
struct Sayings {
  std::string version_file, manifest, lock;
  auto operator<=>(const Sayings&) const = default;
};

Sayings sayings_of(const Project& project, const std::string& folder) {
  return {nearest(project, folder, ".python-version"), nearest(project, folder, "pyproject.toml"),
          nearest(project, folder, "Pipfile.lock")};
}

/// Nothing where the build fails.
std::optional<PythonVersion> taken_by(const Project& project, const Sayings& files, Wish& wish,
                                      Findings& findings) {
  if (!files.version_file.empty()) {
    wish = version_file_wish(project, files.version_file, findings);
    if (wish.place.file.empty()) return std::nullopt;
  }
  if (wish.place.file.empty() && !files.manifest.empty()) {
    wish = requirement_wish(project, files.manifest);
  }
  if (wish.place.file.empty() && !files.lock.empty()) {
    wish = lock_wish(project, files.lock, findings);
  }
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

/// What the platform takes for the functions that have the same files nearest.
struct Taken {
  Wish wish;
  std::optional<PythonVersion> version;  ///< nothing where the build fails
  std::string entry;  ///< one of those functions; empty where there is none at all
};

std::vector<Taken> taken_for_entries(const Input& input, Findings& findings) {
  std::vector<std::string> entries = input.sources.entries();
  if (entries.empty()) entries.emplace_back();
  std::vector<Taken> all;
  std::set<Sayings> seen;
  for (const std::string& entry : entries) {
    const Sayings files = sayings_of(input.project, folder_of(entry));
    if (!seen.insert(files).second) continue;
    Taken& taken = all.emplace_back();
    taken.entry = entry;
    taken.version = taken_by(input.project, files, taken.wish, findings);
  }
  return all;
}

Finding divided(const Taken& one, const Taken& other) {
  const Taken& told = one.wish.place.file.empty() ? other : one;
  Finding found = finding(
      "python-version", told.wish.place,
      fmt::format("on the platform {} runs with Python {} and {} with {}: localfn runs all of a "
                  "project with one",
                  in_quotes(one.entry), one.version->text(), in_quotes(other.entry),
                  other.version->text()),
      "ask for one version at the project's root, or try both with `localfn dev --python VERSION`");
  found.severity = Severity::Warning;
  return found;
}

}  // namespace

PythonVersion check_python(const Input& input, Findings& findings) {
  Findings all;
  const std::vector<Taken> taken = taken_for_entries(input, all);
  const auto first = std::find_if(taken.begin(), taken.end(),
                                  [](const Taken& each) { return each.version.has_value(); });
  for (const Taken& each : taken) {
    if (each.version && each.version != first->version) all.push_back(divided(each, *first));
  }
  // Several functions may have one file as their nearest.
  std::set<std::tuple<std::string, int, std::string>> told;
  for (Finding& each : all) {
    if (told.emplace(each.file, each.line, each.message).second) {
      findings.push_back(std::move(each));
    }
  }
  return first == taken.end() ? kDefault : *first->version;
}

}  // namespace localfn::checks
