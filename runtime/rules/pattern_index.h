// Which rules of a list can match a path at all: found by hash, without trying each of them.
//
// A literal source is found under its path; every other one under the text that all its paths start
// with. Filled while the table is compiled, asked by any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace localfn::rules {

/// The numbers of the rules that may match a path, ascending. Borrows from the index.
class Candidates {
 public:
  /// Every rule from `first` to before `end`.
  static Candidates all(std::uint32_t first, std::uint32_t end);

  std::optional<std::uint32_t> next();

 private:
  friend class PatternIndex;
  struct Span {
    const std::uint32_t* at;
    const std::uint32_t* end;
  };

  std::vector<Span> spans_;  ///< each ascending; no number is in two of them
  std::uint32_t counter_ = 0;
  std::uint32_t counter_end_ = 0;
};

class PatternIndex {
 public:
  /// Rules are added in ascending order of their numbers.
  void add_literal(const std::string& path, std::uint32_t rule);
  void add_prefix(const std::string& prefix, std::uint32_t rule);

  /// Those with a number of at least `first`.
  Candidates find(std::string_view path, std::uint32_t first = 0) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  using Table = std::unordered_map<std::string, std::vector<std::uint32_t>, Hash, std::equal_to<>>;

  static void add(const Table& table, std::string_view key, std::uint32_t first, Candidates& out);

  Table literals_;
  Table prefixes_;
  std::vector<std::size_t> lengths_;  ///< of the prefixes, ascending, each once
};

}  // namespace localfn::rules
