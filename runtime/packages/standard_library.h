// Modules that Python itself once had, has under another name, or has only from some version on.
//
// Pure. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace localfn::packages {

/// What to do about an import of such a module under Python `version` ("3.13"), one sentence; empty
/// for any other module. `module` is the outermost name.
std::string standard_library_advice(std::string_view module, std::string_view version);

}  // namespace localfn::packages
