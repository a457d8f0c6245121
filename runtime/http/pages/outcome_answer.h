// The one table from how an invocation ended to what the client gets and the terminal says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/functions/invocation.h"
#include "runtime/http/pages/page.h"
#include "runtime/project/project.h"

namespace localfn::http {

/// How loud the terminal lines are.
enum class Tone {
  Quiet,  ///< there are none
  Dim,    ///< a note about something normal
  Loud,   ///< the function, or its request, failed
};

struct Answer {
  int status = 0;     ///< 0: no error is answered: the function did, or nobody listens
  std::string code;   ///< Vercel's, "FUNCTION_INVOCATION_FAILED"; empty with status 0
  std::string title;  ///< the platform's sentence for the status
  bool cut = false;   ///< the answer has begun and cannot be completed: cut the connection
  Tone tone = Tone::Quiet;
  /// Under the access line, to be indented by two; no colours, no control characters.
  std::vector<std::string> terminal;
  PageDetails details;  ///< for error_page()
};

/// What to do about a body that is longer than its Content-Length. Characters are never more than
/// bytes, so it does not explain one that is shorter.
inline constexpr std::string_view kCountBytes =
    "Content-Length counts bytes, not characters: `len(text.encode())`";

/// Any thread. Reads the disk only for the hint at a module that is missing (hints.h). Costs next to nothing for a plain Reply.
Answer describe(const Outcome& outcome, const Function& function, const Project& project);

}  // namespace localfn::http
