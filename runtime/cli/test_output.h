// What `localfn test` prints, in the form that was asked for.
#pragma once

#include <vector>

#include "runtime/base/errors.h"
#include "runtime/cli/test.h"
#include "runtime/probes/report.h"

namespace localfn::cli {

/// `asked`: what has run; `all`: of it the summary is made, with what has run before. Throws
/// std::runtime_error when the file of --junit cannot be written.
void print_results(const TestOptions& options, const std::vector<probes::Result>& asked,
                   const std::vector<probes::Result>& all);

/// Problems of vercel.json or of a file of probes, on stderr, and where GitHub sees them.
void print_problems(const TestOptions& options, std::vector<Diagnostic> problems);

}  // namespace localfn::cli
