// The codes of `localfn check`: stable words by which a finding is known, ignored and overridden.
//
// A code that has been released never gets another meaning. README.md of this folder and the
// project's README list them. Pure.
#pragma once

#include <span>
#include <string_view>

#include "runtime/checks/finding.h"

namespace localfn::checks {

struct Code {
  std::string_view code;
  Severity severity;       ///< unless a finding or the project's settings say otherwise
  std::string_view title;  ///< what it stands for, one line
};

std::span<const Code> all_codes();

/// Null: there is no such code.
const Code* find_code(std::string_view code);

/// The code that `word` is probably meant to be; empty when none is near.
std::string_view nearest_code(std::string_view word);

}  // namespace localfn::checks
