// Transforms of type request.query: a query string with one edit applied. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/rules/header_edit.h"

namespace localfn::rules {

/// Pairs that the edit is not for stay byte for byte. `key` is the name to write; values are parts
/// of a query already (escaped).
std::string edit_query(std::string_view query, const HeaderEdit& edit, std::string_view key);

}  // namespace localfn::rules
