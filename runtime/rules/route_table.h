// The rules of vercel.json, compiled: what is looked up for each request.
//
// Immutable once made; shared by every Project that was read from the same vercel.json and asked by
// any number of threads. The router (runtime/routing) decides what a match means.
#pragma once

#include <memory>
#include <vector>

#include "runtime/rules/spec.h"

namespace localfn::rules {

class RouteTable {
 public:
  /// Compiles every rule. What is wrong with any of them is added to `problems`; a rule with a
  /// problem is left out of the table. Never null.
  static std::shared_ptr<const RouteTable> compile(RoutingSpec spec,
                                                   std::vector<Problem>& problems);

  const RoutingSpec& spec() const { return spec_; }

 private:
  RouteTable() = default;

  RoutingSpec spec_;
};

}  // namespace localfn::rules
