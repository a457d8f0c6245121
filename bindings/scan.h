// Finds the entry point of a file without running it. In the zygote; the GIL is held.
#pragma once

#include <string>

#include "runtime/base/wire.h"

namespace localfn {

/// Parses the file and says what it is. Never throws and never blocks: a file that cannot be read,
/// is not a regular file or is absurdly large comes back as `unreadable`, one that Python cannot
/// parse (for whatever reason) as `syntax_error`, both with the reason in words.
wire::Entry scan_file(const std::string& path) noexcept;

/// The same with Entry::observations, for `localfn check`.
wire::Entry inspect_file(const std::string& path) noexcept;

}  // namespace localfn
