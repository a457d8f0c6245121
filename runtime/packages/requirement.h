// One dependency as a manifest writes it: `PyYAML[fast] >= 6; python_version < "3.13"` (PEP 508).
//
// Pure. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace localfn::packages {

struct Requirement {
  std::string name;    ///< normalised: "pyyaml"
  std::string shown;   ///< as written: "PyYAML"
  std::string text;    ///< all of it, as pip takes it
  std::string marker;  ///< what stands behind the semicolon; empty: it always holds
};

/// The name as the index compares it (PEP 503): lower case, runs of `-`, `_` and `.` as one `-`.
std::string normalized(std::string_view name);

/// `text` without spaces and line ends around it.
std::string_view trimmed(std::string_view text);

/// Nothing where the text begins with no name: an address, a path, an option.
std::optional<Requirement> parse_requirement(std::string_view text);

}  // namespace localfn::packages
