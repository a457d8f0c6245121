#include "runtime/cli/version.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

namespace localfn::cli {

std::string version_text() {
  return fmt::format("localfn {}\nworker: Python {} ({})\nsources: {}", LOCALFN_VERSION,
                     LOCALFN_PYTHON_VERSION, LOCALFN_PYTHON_EXECUTABLE, source_hash());
}

std::string worker_path() {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  const auto worker = self.parent_path() / LOCALFN_WORKER_NAME;
  if (::access(worker.c_str(), X_OK) != 0) {
    throw std::runtime_error(fmt::format(
        "cannot find the worker {}: it belongs beside the localfn executable; build or install again",
        worker.string()));
  }
  return worker.string();
}

}  // namespace localfn::cli
