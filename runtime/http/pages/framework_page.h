// What a request to the app of a framework project is told.
#pragma once

#include <string>
#include <vector>

#include "runtime/http/pages/page.h"
#include "runtime/project/project.h"

namespace localfn::http {

/// For the HTML form of the 501. Pure; any thread.
PageDetails framework_details(const FrameworkApp& app);
/// The same for the terminal.
std::vector<std::string> framework_lines(const FrameworkApp& app);

}  // namespace localfn::http
