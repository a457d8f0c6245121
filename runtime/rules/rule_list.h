// The rules of one phase in the order they are tried, and the index into them.
//
// Filled while the table is compiled, read by any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/rules/compiled_rule.h"
#include "runtime/rules/pattern_index.h"

namespace localfn::rules {

class RuleList {
 public:
  void add(CompiledRule rule);

  bool empty() const { return rules_.empty(); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(rules_.size()); }
  const CompiledRule& operator[](std::uint32_t rule) const { return rules_[rule]; }

  /// Those from `first` on that may match the path; each must still be tried.
  Candidates candidates(std::string_view path, std::uint32_t first = 0) const {
    return index_.find(path, first);
  }

 private:
  std::vector<CompiledRule> rules_;
  PatternIndex index_;
};

}  // namespace localfn::rules
