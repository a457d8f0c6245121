// The redirects that `cleanUrls` and `trailingSlash` make (specification 4.5). Pure; any thread.
//
// Paths start with exactly one slash and have no two in a row; so do the results.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace localfn::rules {

/// "/api/hello.py" → "/api/hello", "/api/n/index" → "/api/n"; nothing when the path is clean.
std::optional<std::string> clean_function_path(std::string_view path);

/// "/about.html" → "/about", "/docs/index" → "/docs"; with a slash at the end if they have to have
/// one.
std::optional<std::string> clean_page_path(std::string_view path, bool trailing_slash);

/// With `wanted`: paths without an extension get a slash, "/x.txt/" loses it. Otherwise every path
/// loses it.
std::optional<std::string> with_slash_rule(std::string_view path, bool wanted);

/// "/.well-known" and what is below it: with `trailingSlash: true` no later rule of the first
/// phase is tried for them.
bool is_well_known(std::string_view path);

}  // namespace localfn::rules
