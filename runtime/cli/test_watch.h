// `localfn test --watch`: all probes once, then after each edit those that it touches.
#pragma once

#include "runtime/cli/test.h"

namespace localfn::cli {

/// Runs until a signal comes, and returns 128 + its number. Throws as run_test does when it cannot
/// begin; what becomes wrong later is said, and mended by the next edit. Main thread, before any
/// other thread exists.
int watch_tests(const TestOptions& options);

}  // namespace localfn::cli
