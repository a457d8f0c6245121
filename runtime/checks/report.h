// Findings for people, for programs, for GitHub's annotations, and as SARIF 2.1.0 for whatever
// shows results of static analysis. Pure.
#pragma once

#include <string>
#include <string_view>

#include "runtime/checks/finding.h"

namespace localfn::checks {

/// "api/a.py:3:5: error: … [code]", the fix below it, and the summary as the last line.
std::string to_text(const Findings& findings);

/// "no problems found", or "2 errors, 1 warning".
std::string summary(const Findings& findings);

/// {"findings": […], "summary": {"errors": 2, …}}
std::string to_json(const Findings& findings);

/// A workflow command a line, and nothing else. `prefix` is the project's folder within the
/// repository, with its slash; or empty.
std::string to_github(const Findings& findings, std::string_view prefix);

/// One run of the tool `localfn` of that version. `prefix` as in to_github.
std::string to_sarif(const Findings& findings, std::string_view version, std::string_view prefix);

/// Whether any of them is an error.
bool has_errors(const Findings& findings);

}  // namespace localfn::checks
