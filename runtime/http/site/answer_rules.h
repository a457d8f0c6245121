// What the rules that matched say about the answer, whoever gives it: its headers, and which rule it
// was.
//
// Used by the connection's thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/wire.h"
#include "runtime/routing/route.h"

namespace localfn::http {

inline constexpr std::string_view kRouteHeader = "x-localfn-route";

class AnswerRules {
 public:
  AnswerRules() = default;  ///< no rule has matched: nothing is added
  /// `route` outlives this object. `named`: the answer says which rule decided.
  AnswerRules(const Route& route, bool named);

  /// Headers to set; those of the route.
  const wire::Headers& headers() const;

  /// Response transforms, then x-localfn-route. What belongs to the platform or frames the answer
  /// is out of the transforms' reach.
  void finish(wire::Headers& headers) const;

  /// x-localfn-route alone, for answers that no rule about headers applies to.
  void name(wire::Headers& headers) const {
    if (!name_.empty()) headers.emplace_back(kRouteHeader, name_);
  }

 private:
  const Route* route_ = nullptr;
  std::string name_;  ///< "rewrites[2] (vercel.json:12:5)"; empty: not told
};

/// Why the headers that rules want to set cannot be sent, in the platform's words: "Header name must
/// be a valid HTTP token [\"a b\"]". Empty when they can.
std::string header_rules_problem(const Route& route);

}  // namespace localfn::http
