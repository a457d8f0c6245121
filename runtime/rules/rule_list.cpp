#include "runtime/rules/rule_list.h"

namespace localfn::rules {

void RuleList::add(CompiledRule rule) {
  const std::uint32_t number = size();
  if (rule.source.is_literal()) {
    index_.add_literal(rule.source.prefix(), number);
  } else {
    index_.add_prefix(rule.source.prefix(), number);
  }
  rules_.push_back(std::move(rule));
}

}  // namespace localfn::rules
