// One rule of vercel.json, ready to be tried: its source, conditions, destination, headers and
// transforms.
//
// Made by compile_rule while vercel.json is read; used by any thread. What a match means is decided
// by the router.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/patterns/conditions.h"
#include "runtime/patterns/destination.h"
#include "runtime/patterns/template.h"
#include "runtime/rules/source_pattern.h"
#include "runtime/rules/spec.h"
#include "runtime/rules/transform.h"

namespace localfn::rules {

struct CompiledRule {
  struct Header {
    std::string name;  ///< lower case
    patterns::Template value;
  };

  const RuleSpec* spec;  ///< lives as long as the table
  std::string name;      ///< "rewrites[2]"
  std::string place;     ///< "vercel.json:12:5"; empty when nobody knows
  SourcePattern source;
  patterns::Conditions conditions;
  std::optional<patterns::Destination> destination;
  std::vector<Header> headers;
  std::vector<Transform> transforms;

  /// The parameters that destination, headers and transforms refer to.
  patterns::ParameterNames names() const {
    return {source.names(), conditions.parameter_names()};
  }
  bool allows(std::string_view method) const;
};

/// "rewrites[2]".
std::string rule_name(const RuleSpec& spec);

/// Nothing when something is wrong with the rule; all of it is then in `problems`.
std::optional<CompiledRule> compile_rule(const RuleSpec& spec,
                                         const std::function<std::string(std::size_t)>& place_of,
                                         std::vector<Problem>& problems);

}  // namespace localfn::rules
