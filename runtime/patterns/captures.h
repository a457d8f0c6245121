// What the groups of a pattern matched. Views into the text that was matched.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace localfn::patterns {

/// Reused from match to match, so that trying many rules allocates once. The views die with the
/// matched text.
class Captures {
 public:
  /// The number of groups, group 0 (the whole match) included; 0 before the first match.
  std::size_t size() const { return groups_.size(); }

  /// Whether group `number` took part in the match.
  bool has(std::size_t number) const {
    return number < groups_.size() && groups_[number].data() != nullptr;
  }

  /// What group `number` matched; empty when it took no part or does not exist.
  std::string_view operator[](std::size_t number) const {
    return number < groups_.size() ? groups_[number] : std::string_view();
  }

  /// For the matchers: `count` groups, none of which has taken part.
  void reset(std::size_t count) { groups_.assign(count, std::string_view()); }
  void set(std::size_t number, std::string_view text) {
    groups_[number] = text.data() == nullptr ? std::string_view("") : text;
  }

 private:
  std::vector<std::string_view> groups_;
};

}  // namespace localfn::patterns
