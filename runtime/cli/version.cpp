#include "runtime/cli/version.h"

#include <fmt/format.h>

#include "runtime/cli/workers.h"

namespace localfn::cli {

std::string version_number() { return LOCALFN_VERSION; }

std::string version_text() {
  std::string workers;
  for (const PythonVersion version : worker_versions()) {
    workers += (workers.empty() ? "" : ", ") + version.text();
  }
  const std::string revision = commit();
  return fmt::format(
      "localfn {}{}\nworkers: Python {}; preferred {} ({})\nlibraries: {}\nsources: {}",
      version_number(), revision.empty() ? "" : " (commit " + revision + ")", workers,
      LOCALFN_PYTHON_VERSION, LOCALFN_PYTHON_EXECUTABLE, LOCALFN_LIBRARIES, source_hash());
}

}  // namespace localfn::cli
