// Why the app of a framework project cannot answer: it has no entry point, or no manifest.
#pragma once

#include <string>
#include <vector>

#include "runtime/http/pages/page.h"
#include "runtime/project/project.h"

namespace localfn::http {

/// For the HTML form of the 500 of an app without an entry point. Pure; any thread.
PageDetails app_problem_details(const FrameworkApp& app);
/// The same for the terminal.
std::vector<std::string> app_problem_lines(const FrameworkApp& app);

/// For the 404 of an app that is never served: the platform has nothing to build it from.
PageDetails missing_manifest_details(const FrameworkApp& app);

}  // namespace localfn::http
