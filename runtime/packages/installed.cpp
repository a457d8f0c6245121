#include "runtime/packages/installed.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "runtime/packages/debian.h"
#include "runtime/packages/distributions.h"
#include "runtime/packages/lines.h"
#include "runtime/packages/marker.h"
#include "runtime/packages/requirement.h"
#include "runtime/project/text.h"

namespace localfn::packages {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestMetadata = 1 << 20;

std::string text_of(const std::string& path) {
  return read_text_file(path, kLongestMetadata).bytes.value_or("");
}

/// Whether one of the lines is that word, or begins with it and what may follow in a list of files.
bool lists(std::string_view lines, const std::string& module) {
  bool found = false;
  for_lines(lines, [&](std::string_view line) {
    if (line.starts_with(module)) {
      const std::string_view rest = line.substr(module.size());
      found = rest.empty() || rest.starts_with("/") || rest.starts_with(".py,") ||
              (rest.starts_with(".") && rest.find(".so,") != std::string_view::npos);
    }
    return !found;
  });
  return found;
}

constexpr const char* kOfDebian = "/usr/lib/python3/dist-packages";

/// Where Debian's interpreter, and one that was built by hand, have their packages.
std::vector<std::string> folders_of(const std::string& venv, const std::string& python) {
  if (!venv.empty()) return {fmt::format("{}/lib/python{}/site-packages", venv, python)};
  return {kOfDebian, fmt::format("/usr/local/lib/python{}/dist-packages", python),
          fmt::format("/usr/local/lib/python{}/site-packages", python)};
}

}  // namespace

Installed::Installed(const std::string& venv, const std::string& python) {
  for (const std::string& folder : folders_of(venv, python)) read_folder(folder);
  if (venv.empty()) add_needs_of_debian();
}

void Installed::add_needs_of_debian() {
  std::map<std::string, std::string> names;  // by their metadata
  for (const auto& [name, package] : all_) {
    const fs::path metadata(package.metadata);
    if (metadata.parent_path() == kOfDebian) names[metadata.filename().string()] = name;
  }
  if (names.empty()) return;
  for (const auto& [metadata, needs] : debian_needs("/var/lib/dpkg", kOfDebian)) {
    const auto name = names.find(metadata);
    if (name == names.end()) continue;
    Package& package = all_.at(name->second);
    for (const std::string& need : needs) {
      const auto needed = names.find(need);
      if (needed == names.end()) continue;
      package.needs.push_back(needed->second);
      package.required.push_back(needed->second);
    }
  }
}

void Installed::read_folder(const std::string& folder) {
  std::error_code ignored;
  for (fs::directory_iterator entry(folder, ignored), end; entry != end; entry.increment(ignored)) {
    const std::string path = entry->path().string();
    if (path.ends_with(".dist-info")) read_package(path, false);
    if (path.ends_with(".egg-info")) read_package(path, true);
  }
}

void Installed::read_package(const std::string& path, bool egg) {
  std::error_code ignored;
  const bool single = egg && fs::is_regular_file(path, ignored);
  Package package;
  std::string name;
  for_lines(text_of(single ? path : path + (egg ? "/PKG-INFO" : "/METADATA")),
            [&](std::string_view line) {
              if (line.starts_with("Name:")) name = normalized(trimmed(line.substr(5)));
              if (line.starts_with("Requires-Dist:")) {
                if (auto need = parse_requirement(line.substr(14))) {
                  const bool optional = need->marker.find("extra") != std::string::npos;
                  if (!optional) package.required.push_back(need->name);
                  package.needs.push_back(std::move(need->name));
                }
              }
              return !line.empty();  // the description follows
            });
  if (name.empty()) return;
  package.metadata = path;
  if (egg && !single) {
    for_lines(text_of(path + "/requires.txt"), [&](std::string_view line) {
      if (auto need = parse_requirement(line)) package.needs.push_back(std::move(need->name));
      return true;
    });
  }
  if (!single) package.top_level = text_of(path + "/top_level.txt");
  if (!egg) package.record = path + "/RECORD";
  all_.insert_or_assign(name, std::move(package));
}

std::set<std::string> Installed::bringing(const std::string& module) const {
  std::set<std::string> found;
  for (const std::string& provider : providers_of(module).distributions) {
    if (has(normalized(provider))) found.insert(normalized(provider));
  }
  for (const auto& [name, package] : all_) {
    if (lists(package.top_level, module)) found.insert(name);
  }
  if (!found.empty()) return found;
  const bool outermost = module.find('.') == std::string::npos;
  std::string path = module;
  std::replace(path.begin(), path.end(), '.', '/');
  for (const auto& [name, package] : all_) {
    if (outermost && !package.top_level.empty()) continue;
    if (lists(text_of(package.record), path)) found.insert(name);
  }
  return found;
}

std::set<std::string> Installed::closure(std::set<std::string> distributions,
                                         std::vector<std::string> Package::* of) const {
  std::vector<std::string> waiting(distributions.begin(), distributions.end());
  while (!waiting.empty()) {
    const auto package = all_.find(waiting.back());
    waiting.pop_back();
    if (package == all_.end()) continue;
    for (const std::string& need : package->second.*of) {
      if (distributions.insert(need).second) waiting.push_back(need);
    }
  }
  return distributions;
}

std::set<std::string> Installed::with_needs(std::set<std::string> distributions) const {
  return closure(std::move(distributions), &Package::needs);
}

std::set<std::string> Installed::with_required(std::set<std::string> distributions) const {
  return closure(std::move(distributions), &Package::required);
}

std::uintmax_t Installed::bytes_of(const std::string& distribution) const {
  const auto package = all_.find(distribution);
  if (package == all_.end()) return 0;
  std::uintmax_t sum = 0;
  for_lines(text_of(package->second.record), [&](std::string_view line) {
    if (line.empty()) return true;
    // path,hash,size: only the path may have commas of its own.
    const std::string_view size = line.substr(line.rfind(',') + 1);
    std::uintmax_t bytes = 0;
    std::from_chars(size.data(), size.data() + size.size(), bytes);
    sum += bytes;
    return true;
  });
  return sum;
}

bool is_for_others(const Requirement& requirement, const std::string& python) {
  return !requirement.marker.empty() && marker_holds(requirement.marker, python) == false;
}

std::vector<const Requirement*> absent(const Dependencies& manifest, const Installed& installed,
                                       const std::string& python) {
  std::vector<const Requirement*> found;
  for (const Requirement& each : manifest.named) {
    if (is_for_others(each, python) || each.name == "python" || installed.has(each.name)) continue;
    found.push_back(&each);
  }
  return found;
}

}  // namespace localfn::packages
