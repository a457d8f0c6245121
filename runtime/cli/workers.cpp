#include "runtime/cli/workers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace localfn::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "localfn-worker-";

fs::path own_folder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

/// From the executable's folder, so that an installed tree may be moved as a whole.
fs::path installed_folder() { return (own_folder() / LOCALFN_WORKER_FOLDER).lexically_normal(); }

std::string name_of(PythonVersion version) { return std::string(kPrefix) + version.text(); }

/// The workers in one folder; what cannot be read holds none.
std::vector<PythonVersion> versions_in(const fs::path& folder) {
  std::vector<PythonVersion> versions;
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(folder, unreadable)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix) || ::access(entry.path().c_str(), X_OK) != 0) continue;
    const auto version = parse_python_version(name.substr(kPrefix.size()));
    // Whatever else has such a name (a debugger's file, a backup) is none.
    if (version && name_of(*version) == name) versions.push_back(*version);
  }
  std::sort(versions.begin(), versions.end());
  return versions;
}

PythonVersion built_with() { return parse_python_version(LOCALFN_PYTHON_VERSION).value(); }

}  // namespace

std::vector<PythonVersion> worker_versions() {
  auto versions = versions_in(own_folder());
  if (versions.empty()) versions = versions_in(installed_folder());
  if (!versions.empty()) return versions;
  throw std::runtime_error(fmt::format(
      "cannot find the worker {}: it belongs into {}, or beside the localfn executable; build or "
      "install again",
      name_of(built_with()), installed_folder().string()));
}

PythonVersion preferred_version() {
  const auto versions = worker_versions();
  const auto found = std::find(versions.begin(), versions.end(), built_with());
  return found == versions.end() ? versions.back() : *found;
}

std::string worker_path(PythonVersion version) {
  const fs::path beside = own_folder() / name_of(version);
  if (::access(beside.c_str(), X_OK) == 0) return beside.string();
  return (installed_folder() / name_of(version)).string();
}

}  // namespace localfn::cli
