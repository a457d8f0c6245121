// Names under api/: which are functions, where they are served, which get in each other's way.
//
// The rules of the specification's sections 1.1 and 1.3 to 1.5, on names alone. Pure. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/errors.h"
#include "runtime/project/project.h"

namespace localfn {

/// What a file name makes of a file, before anyone looks inside.
enum class ApiKind {
  None,     ///< not below api/, hidden, private (`_`), a declaration, or of no language
  Python,   ///< a function if it has an entry point
  Foreign,  ///< a function of a language that localfn does not run
};
/// `has_runtime`: a pattern of `functions` with a `runtime` covers it, so its language is open.
ApiKind api_kind(std::string_view file, bool has_runtime = false);

/// "api/users/[id].py" → "api/users/[id]".
std::string served_path(std::string_view file);

/// The parameter's name when the segment is dynamic: "[id]" and "[id].py" → "id".
std::optional<std::string> parameter_of(std::string_view segment);

/// The order in which functions are checked and dynamic routes are tried.
bool comes_before(std::string_view a, std::string_view b);

/// The order of people for names: punctuation, digits, letters; case decides last.
bool locale_less(std::string_view a, std::string_view b);

/// The route of a function whose path has dynamic segments; nothing for one that has none.
std::optional<DynamicRoute> dynamic_route(const std::shared_ptr<const Function>& function);

/// Every conflict of a function (files in `functions`) with any of `files`, the platform's wording
/// with each. Two functions that are in each other's way are reported once.
std::vector<Diagnostic> find_conflicts(std::vector<std::string> functions,
                                       const std::vector<std::string>& files);

/// "a/b/c" → its segments.
std::vector<std::string_view> path_segments(std::string_view path);

}  // namespace localfn
