// The escapes and character classes of a JavaScript regular expression, read into sets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/patterns/code_point_set.h"
#include "runtime/patterns/regex_groups.h"
#include "runtime/patterns/regex_syntax.h"

namespace localfn::patterns {

/// The pattern and the place reached in it; shared by the readers of its parts.
struct RegexCursor {
  std::string_view pattern;
  std::size_t position = 0;
  const RegexGroups* groups = nullptr;
  RegexDialect dialect = RegexDialect::JavaScript;

  bool at_end() const { return position >= pattern.size(); }
  bool looking_at(std::string_view text) const {
    return pattern.substr(position).starts_with(text);
  }
  bool consume(std::string_view text) {
    if (!looking_at(text)) return false;
    position += text.size();
    return true;
  }
  std::uint32_t maximum() const { return groups->utf ? 0x10FFFF : 0xFF; }
};

/// What an escape or one member of a class stands for: a character or a set.
struct ClassMember {
  CodePointSet set;
  std::uint32_t character = 0;
  bool is_set = false;
};

/// Behind a backslash: `d`, `x41`, `cJ`, `012`, any other character for itself. References to
/// groups and assertions are the caller's business.
ClassMember read_escape(RegexCursor& cursor, bool in_class);

/// Behind `[`: up to and with the closing `]`. Throws PatternError.
CodePointSet read_class(RegexCursor& cursor);

}  // namespace localfn::patterns
