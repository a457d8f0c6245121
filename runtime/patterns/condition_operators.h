// The comparing operators of a condition; the regular expression is the Condition's own.
#pragma once

#include <string>
#include <string_view>

#include "runtime/patterns/condition.h"

namespace localfn::patterns {

/// Why `value` does not satisfy the operators (`re` apart), as the end of a sentence that begins
/// with the value: `is not "a"`. Empty when it does.
std::string failed_operator(const ConditionOperators& operators, std::string_view value);

}  // namespace localfn::patterns
