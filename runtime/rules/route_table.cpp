#include "runtime/rules/route_table.h"

#include <utility>

namespace localfn::rules {

std::shared_ptr<const RouteTable> RouteTable::compile(RoutingSpec spec,
                                                      std::vector<Problem>& problems) {
  std::shared_ptr<RouteTable> table(new RouteTable(std::move(spec)));
  const RoutingSpec& rules = table->spec_;
  for (const RuleSpec& rule : rules.routes) table->add(rule, rule.phase, problems);
  const Phase last = rules.last_phase;
  table->add(rules.redirects, last, problems);
  table->add(rules.headers, last, problems);
  table->add(rules.rewrites, last == Phase::Start ? Phase::Filesystem : last, problems);
  table->bulk_redirects_.fill(rules.bulk_redirects);
  table->take_places();
  return table;
}

void RouteTable::add(const std::vector<RuleSpec>& rules, Phase phase,
                     std::vector<Problem>& problems) {
  for (const RuleSpec& rule : rules) add(rule, phase, problems);
}

void RouteTable::add(const RuleSpec& rule, Phase phase, std::vector<Problem>& problems) {
  auto compiled = compile_rule(rule, spec_.place_of, problems);
  if (compiled) phases_[static_cast<std::size_t>(phase)].add(*std::move(compiled));
}

/// place_of may refer to a text that is gone after compile().
void RouteTable::take_places() {
  if (spec_.place_of) {
    if (spec_.clean_urls_offset) clean_urls_place_ = spec_.place_of(*spec_.clean_urls_offset);
    if (spec_.trailing_slash_offset) {
      trailing_slash_place_ = spec_.place_of(*spec_.trailing_slash_offset);
    }
  }
  spec_.place_of = nullptr;
}

}  // namespace localfn::rules
