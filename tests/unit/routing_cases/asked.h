// What the router answers to a case's request, in the form in which cases are written.
#pragma once

#include <string>
#include <vector>

#include "runtime/routing/route.h"
#include "tests/unit/routing_cases/cases.h"

namespace localfn::cases {

struct Asked {
  std::string reached;  ///< "function api/a.py /a?id=1", as Request::expected_text
  Pairs headers;        ///< of rules, on the answer, `transforms` applied
  Pairs request_headers;
  std::string rule;
  std::string trace;  ///< one line a step
};

/// Routes twice, with and without a trace; throws when the two differ or the rule is not named.
Asked ask(const Project& project, const Request& request);

/// What is wrong, one sentence each; empty when all is as expected.
std::vector<std::string> compare(const Request& request, const Asked& asked);

/// The expected text in the form that Asked::reached has (status of static files written out).
std::string normal_form(const Expected& expected);

}  // namespace localfn::cases
