// The rules of vercel.json, compiled: what is looked up for each request.
//
// Immutable once made; shared by every Project that was read from the same vercel.json and asked by
// any number of threads. The router (runtime/routing) decides what a match means.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "runtime/rules/bulk_redirects.h"
#include "runtime/rules/rule_list.h"
#include "runtime/rules/spec.h"

namespace localfn::rules {

class RouteTable {
 public:
  /// Compiles every rule. What is wrong with any of them is added to `problems`; a rule with a
  /// problem is left out of the table. Never null.
  static std::shared_ptr<const RouteTable> compile(RoutingSpec spec,
                                                   std::vector<Problem>& problems);
  RouteTable(const RouteTable&) = delete;
  RouteTable& operator=(const RouteTable&) = delete;

  const RoutingSpec& spec() const { return spec_; }

  /// The rules that are tried in `phase`, in order: `routes`, then redirects and headers (or
  /// rewrites) where they belong. `rewrite` and `resource` hold rules, but are never run.
  const RuleList& rules(Phase phase) const { return phases_[static_cast<std::size_t>(phase)]; }
  const BulkRedirectIndex& bulk_redirects() const { return bulk_redirects_; }

  /// Places of the two keys in vercel.json; empty when nobody knows.
  const std::string& clean_urls_place() const { return clean_urls_place_; }
  const std::string& trailing_slash_place() const { return trailing_slash_place_; }

 private:
  explicit RouteTable(RoutingSpec spec) : spec_(std::move(spec)) {}

  void add(const std::vector<RuleSpec>& rules, Phase phase, std::vector<Problem>& problems);
  void add(const RuleSpec& rule, Phase phase, std::vector<Problem>& problems);
  void take_places();

  RoutingSpec spec_;
  std::array<RuleList, 7> phases_;
  BulkRedirectIndex bulk_redirects_;
  std::string clean_urls_place_;
  std::string trailing_slash_place_;
};

}  // namespace localfn::rules
