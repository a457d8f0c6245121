// What every text that a regular expression matches starts with, read off the expression's text.
//
// Lets the table skip most rules of `routes` without running their expressions. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace localfn::rules {

struct RegexStart {
  std::string text;
  bool is_all = false;  ///< the expression matches `text` and nothing else
};

/// `expression` starts with `^`. When in doubt the start is shorter than it could be.
RegexStart regex_start(std::string_view expression);

}  // namespace localfn::rules
