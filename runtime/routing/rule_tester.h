// Asks whether a rule matches a request, and says why not if anybody wants to know.
//
// Holds what the last match captured, so that trying many rules allocates once. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/patterns/captures.h"
#include "runtime/patterns/request_parts.h"
#include "runtime/patterns/template.h"
#include "runtime/routing/route.h"
#include "runtime/routing/tracer.h"
#include "runtime/rules/compiled_rule.h"

namespace localfn {

class RuleTester {
 public:
  RuleTester(const RouteRequest& request, const Tracer& tracer)
      : request_(request), tracer_(tracer) {}

  /// Method, path, then `has` and `missing`. Writes a step to the trace unless it is a match.
  patterns::MatchResult test(const rules::CompiledRule& rule, std::string_view path);

  /// Of the last match; views into its path.
  patterns::Parameters parameters() const { return {captures_, condition_values_}; }
  /// The same for people: "id=42, $2=x".
  std::string shown_parameters(const rules::CompiledRule& rule) const;

 private:
  const patterns::ConditionRequest& condition_request();

  const RouteRequest& request_;
  const Tracer& tracer_;
  patterns::Captures captures_;
  std::vector<std::string> condition_values_;
  std::optional<patterns::ConditionRequest> condition_request_;
};

}  // namespace localfn
