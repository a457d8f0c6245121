// A compiled JavaScript regular expression that cannot hang a request.
//
// Compiled once, while the configuration is read; matched by any number of threads at a time. Every
// match works within a fixed budget, whatever the pattern and the text: past it the answer is
// LimitExceeded, and the request gets an error that names the rule.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/patterns/captures.h"
#include "runtime/patterns/regex_syntax.h"

namespace localfn::patterns {

enum class MatchResult { Match, NoMatch, LimitExceeded };

class Regex {
 public:
  enum class Form {
    Search,  ///< as RegExp.exec: anywhere in the text, unless the pattern says `^`
    Whole,   ///< as /^(?:pattern)$/: the whole text
  };

  /// Throws PatternError: InvalidRegex when JavaScript refuses the pattern too, Unsupported when
  /// only PCRE2 does (a lookbehind without a fixed length, a pattern of excessive size).
  static Regex compile(std::string_view pattern, Form form = Form::Search,
                       RegexDialect dialect = RegexDialect::JavaScript);

  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  /// One for each capturing group, in order; empty for a group without a name.
  const std::vector<std::string>& group_names() const { return group_names_; }

  /// On Match `captures` holds the groups (0: the whole match), otherwise nothing useful.
  /// Never throws but std::bad_alloc. A text that is not UTF-8 does not match a pattern that names
  /// characters beyond ASCII.
  MatchResult match(std::string_view text, Captures& captures) const;

 private:
  struct Program;  // what PCRE2 made of the pattern

  Regex(std::unique_ptr<Program> program, std::vector<std::string> group_names);

  std::unique_ptr<Program> program_;
  std::vector<std::string> group_names_;
};

}  // namespace localfn::patterns
