// Workflow commands: lines on stdout that GitHub Actions shows at a line of a changed file. Pure.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/errors.h"
#include "runtime/probes/report.h"

namespace localfn::probes {

/// One line for each failed or slow probe, at its line. Files are named as Result says; GitHub
/// wants them relative to the top of the repository.
std::string to_annotations(const std::vector<Result>& results);

/// One line for each problem of a file that could not be read.
std::string to_annotations(const std::vector<Diagnostic>& problems);

}  // namespace localfn::probes
