#include "runtime/rules/pattern_index.h"

#include <algorithm>

namespace localfn::rules {

Candidates Candidates::all(std::uint32_t first, std::uint32_t end) {
  Candidates candidates;
  candidates.counter_ = first;
  candidates.counter_end_ = end;
  return candidates;
}

std::optional<std::uint32_t> Candidates::next() {
  if (counter_ < counter_end_) return counter_++;
  if (spans_.empty()) return std::nullopt;
  // A handful of spans at most: one for the path itself, one for each of its prefixes.
  const auto least = std::min_element(spans_.begin(), spans_.end(), [](Span a, Span b) {
    return *a.at < *b.at;
  });
  const std::uint32_t rule = *least->at++;
  if (least->at == least->end) spans_.erase(least);
  return rule;
}

void PatternIndex::add_literal(const std::string& path, std::uint32_t rule) {
  literals_[path].push_back(rule);
}

void PatternIndex::add_prefix(const std::string& prefix, std::uint32_t rule) {
  prefixes_[prefix].push_back(rule);
  const auto at = std::lower_bound(lengths_.begin(), lengths_.end(), prefix.size());
  if (at == lengths_.end() || *at != prefix.size()) lengths_.insert(at, prefix.size());
}

void PatternIndex::add(const Table& table, std::string_view key, std::uint32_t first,
                       Candidates& out) {
  const auto found = table.find(key);
  if (found == table.end()) return;
  const auto& rules = found->second;
  const auto at = std::lower_bound(rules.begin(), rules.end(), first);
  if (at == rules.end()) return;
  out.spans_.push_back({&*at, rules.data() + rules.size()});
}

Candidates PatternIndex::find(std::string_view path, std::uint32_t first) const {
  Candidates candidates;
  add(literals_, path, first, candidates);
  for (const std::size_t length : lengths_) {
    if (length > path.size()) break;
    add(prefixes_, path.substr(0, length), first, candidates);
  }
  return candidates;
}

}  // namespace localfn::rules
