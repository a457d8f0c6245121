// A set of characters: what a class like `[^a-z\d]` of a regular expression stands for.
//
// Used while patterns are compiled. Having the set itself, rather than the text of the class, keeps
// every rule of PCRE2's own classes (POSIX names, \Q, \h …) out of the translation.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace localfn::patterns {

class CodePointSet {
 public:
  struct Range {
    std::uint32_t first = 0;
    std::uint32_t last = 0;  ///< inclusive
  };

  CodePointSet() = default;
  CodePointSet(std::initializer_list<Range> ranges) : ranges_(ranges) {}

  void add(std::uint32_t first, std::uint32_t last) { ranges_.push_back({first, last}); }
  void add(const CodePointSet& other);

  /// Everything from 0 to `maximum` that is not in this set.
  CodePointSet complement(std::uint32_t maximum) const;

  /// The set as one PCRE2 item. Members above `maximum` are left out.
  std::string to_pcre(std::uint32_t maximum) const;

  static const CodePointSet& digits();     ///< \d
  static const CodePointSet& word();       ///< \w
  static const CodePointSet& space();      ///< \s of JavaScript, which knows Unicode's spaces
  static const CodePointSet& line_ends();  ///< what `.` does not match
  /// `alpha`, `digit` …: nullptr for a name that is none.
  static const CodePointSet* posix(std::string_view name);

 private:
  std::vector<Range> normalized(std::uint32_t maximum) const;

  std::vector<Range> ranges_;
};

}  // namespace localfn::patterns
