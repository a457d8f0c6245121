// Environment markers of dependencies (PEP 508): `sys_platform == "win32" and python_version < "3"`.
//
// Pure. Any thread.
#pragma once

#include <optional>
#include <string_view>

namespace localfn::packages {

/// Whether the marker holds on this Linux machine with Python `version` ("3.11"). Nothing when it is
/// malformed or asks for what is not known here: then it says nothing about the package.
std::optional<bool> marker_holds(std::string_view marker, std::string_view version);

}  // namespace localfn::packages
