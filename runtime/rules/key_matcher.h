// The keys that a transform with operators is for ("every header that starts with x-").
//
// Made while vercel.json is read, asked by any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/patterns/condition.h"
#include "runtime/rules/header_edit.h"

namespace localfn::rules {

/// Keys are compared without regard to case. Throws PatternError for an operator `re` that is none.
std::shared_ptr<const KeyMatcher> match_keys(const patterns::ConditionOperators& operators);

}  // namespace localfn::rules
