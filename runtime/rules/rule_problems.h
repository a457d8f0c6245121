// What is said of a rule that cannot be compiled: in our words and in the platform's.
//
// Pure; used while vercel.json is read.
#pragma once

#include <string>
#include <string_view>

#include "runtime/patterns/pattern_error.h"
#include "runtime/rules/spec.h"

namespace localfn::rules {

Problem source_problem(const RuleSpec& rule, const patterns::PatternError& error);
Problem destination_problem(const RuleSpec& rule, const patterns::PatternError& error);

/// Of what the platform does not look at before it deploys: `what` is "has[0]", "transforms[1]";
/// `offset` that of the text in which the error lies.
Problem part_problem(const RuleSpec& rule, std::string_view what, std::size_t offset,
                     const patterns::PatternError& error);

}  // namespace localfn::rules
