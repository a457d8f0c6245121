// The table in force, one line a rule, in the order in which a request meets them.
//
// For `localfn routes`. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "runtime/project/project.h"

namespace localfn {

struct RuleLine {
  std::string phase;   ///< "start", "files", "filesystem", "miss", "error", "hit", "never"
  std::string rule;    ///< as in Route::rule and TraceStep::rule
  std::string place;   ///< "vercel.json:12:5"; empty for what is not written in vercel.json
  std::string source;  ///< as written; "/api/hello" of a function
  std::string what;    ///< "→ /api/hello", "308 → /new", "headers x-a, x-b; continue"
};

/// Rules of vercel.json and those that the platform adds by itself. Texts are as written: not yet
/// fit for a terminal.
std::vector<RuleLine> describe(const Project& project);

}  // namespace localfn
