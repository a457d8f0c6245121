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

PythonVersion built_with() { return parse_python_version(LOCALFN_PYTHON_VERSION).value(); }

}  // namespace

std::vector<PythonVersion> worker_versions() {
  std::vector<PythonVersion> versions;
  const fs::path folder = own_folder();
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix) || ::access(entry.path().c_str(), X_OK) != 0) continue;
    const auto version = parse_python_version(name.substr(kPrefix.size()));
    // Whatever else has such a name (a debugger's file, a backup) is none.
    if (version && worker_path(*version) == entry.path().string()) versions.push_back(*version);
  }
  std::sort(versions.begin(), versions.end());
  if (!versions.empty()) return versions;
  throw std::runtime_error(fmt::format(
      "cannot find the worker {}: it belongs beside the localfn executable; build or install again",
      worker_path(built_with())));
}

PythonVersion preferred_version() {
  const auto versions = worker_versions();
  const auto found = std::find(versions.begin(), versions.end(), built_with());
  return found == versions.end() ? versions.back() : *found;
}

std::string worker_path(PythonVersion version) {
  return (own_folder() / (std::string(kPrefix) + version.text())).string();
}

}  // namespace localfn::cli
