#include "runtime/cli/version.h"

#include <fmt/format.h>

#include "runtime/cli/workers.h"

namespace localfn::cli {

std::string version_text() {
  std::string workers;
  for (const PythonVersion version : worker_versions()) {
    workers += (workers.empty() ? "" : ", ") + version.text();
  }
  return fmt::format("localfn {}\nworkers: Python {}; preferred {} ({})\nsources: {}",
                     LOCALFN_VERSION, workers, LOCALFN_PYTHON_VERSION, LOCALFN_PYTHON_EXECUTABLE,
                     source_hash());
}

}  // namespace localfn::cli
