// A .py file of api/ that was asked for like a function and is none: the explanation of the 404.
#pragma once

#include <string>
#include <vector>

#include "runtime/http/pages/page.h"
#include "runtime/project/project.h"

namespace localfn::http {

/// For the end of the access line: "api/user.py is not a function:". Pure, as all here.
std::string not_a_function_headline(const NotAFunction& file);

/// The lines under it: what is there and what to write instead.
std::vector<std::string> not_a_function_lines(const NotAFunction& file);

/// The same for the HTML 404 page.
PageDetails not_a_function_details(const NotAFunction& file);

}  // namespace localfn::http
