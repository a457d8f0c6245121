// The one-line form in which a case says what a request reaches.
#pragma once

#include <string>

#include "tests/unit/routing_cases/cases.h"

namespace localfn::cases {

/// Throws std::runtime_error when the line has no such form.
Expected parse_expectation(const std::string& line);

/// "POST /x?y" or "/x?y" (GET) into the request.
void parse_ask(const std::string& line, Request& request);

/// "3:5" or "3" into the problem.
void parse_place(const std::string& place, ExpectedProblem& problem);

}  // namespace localfn::cases
