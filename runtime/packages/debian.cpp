#include "runtime/packages/debian.h"

#include <filesystem>
#include <string_view>

#include "runtime/packages/lines.h"
#include "runtime/project/text.h"

namespace localfn::packages {
namespace {

namespace fs = std::filesystem;

using Metadata = std::map<std::string, std::set<std::string>, std::less<>>;

// A desktop has a few thousand packages.
constexpr std::size_t kLongestStatus = 32 << 20;
constexpr std::size_t kLongestList = 4 << 20;

std::string text_of(const std::string& path, std::size_t most) {
  return read_text_file(path, most).bytes.value_or("");
}

/// "python3-flask.list", "python3-lxml:amd64.list" → the package's name; empty for other files.
std::string package_of(const std::string& file) {
  if (!file.starts_with("python3-") || !file.ends_with(".list")) return {};
  return file.substr(0, std::min(file.find(':'), file.size() - 5));
}

/// The metadata folders that each package has put among the modules.
Metadata metadata_of_packages(const std::string& dpkg, const std::string& modules) {
  Metadata found;
  std::error_code ignored;
  for (fs::directory_iterator entry(dpkg + "/info", ignored), end; entry != end;
       entry.increment(ignored)) {
    const std::string package = package_of(entry->path().filename().string());
    if (package.empty()) continue;
    for_lines(text_of(entry->path().string(), kLongestList), [&](std::string_view line) {
      if (!line.ends_with(".egg-info") && !line.ends_with(".dist-info")) return true;
      if (!line.starts_with(modules) || line.size() <= modules.size() + 1) return true;
      const std::string_view name = line.substr(modules.size() + 1);
      if (name.find('/') == std::string_view::npos) found[package].emplace(name);
      return true;
    });
  }
  return found;
}

/// "python3-click (>= 8.0), python3-a | python3 (>> 3.10)": each name; alternatives count as well.
template <typename Each>
void for_names(std::string_view list, Each each) {
  while (!list.empty()) {
    list.remove_prefix(std::min(list.find_first_not_of(" ,|"), list.size()));
    each(list.substr(0, std::min(list.find_first_of(" ,|:("), list.size())));
    list.remove_prefix(std::min(list.find_first_of(",|"), list.size()));
  }
}

}  // namespace

std::map<std::string, std::set<std::string>> debian_needs(const std::string& dpkg,
                                                          const std::string& modules) {
  const Metadata metadata = metadata_of_packages(dpkg, modules);
  std::map<std::string, std::set<std::string>> needs;
  if (metadata.empty()) return needs;
  auto current = metadata.end();
  for_lines(text_of(dpkg + "/status", kLongestStatus), [&](std::string_view line) {
    if (line.starts_with("Package: ")) current = metadata.find(line.substr(9));
    if (current == metadata.end() || !line.starts_with("Depends: ")) return true;
    for_names(line.substr(9), [&](std::string_view name) {
      const auto needed = metadata.find(name);
      if (needed == metadata.end()) return;
      for (const std::string& each : current->second) {
        needs[each].insert(needed->second.begin(), needed->second.end());
      }
    });
    return true;
  });
  return needs;
}

}  // namespace localfn::packages
