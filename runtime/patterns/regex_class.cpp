#include "runtime/patterns/regex_class.h"

#include <optional>

#include "runtime/patterns/pattern_error.h"

namespace localfn::patterns {
namespace {

ClassMember character(std::uint32_t c) { return {{}, c, false}; }

ClassMember set_of(const CodePointSet& set, bool negated, std::uint32_t maximum) {
  return {negated ? set.complement(maximum) : set, 0, true};
}

/// `\012`: at most three octal digits, at most 0377. The cursor is at the first.
ClassMember read_octal(RegexCursor& cursor) {
  std::uint32_t value = 0;
  for (int digits = 0; digits < 3 && !cursor.at_end(); ++digits) {
    const char c = cursor.pattern[cursor.position];
    if (c < '0' || c > '7' || value * 8 + static_cast<std::uint32_t>(c - '0') > 0377) break;
    value = value * 8 + static_cast<std::uint32_t>(c - '0');
    ++cursor.position;
  }
  return character(value);
}

/// `\cJ`. Without a letter the backslash stands for itself and the `c` is read again.
ClassMember read_control(RegexCursor& cursor, bool in_class) {
  const auto next = cursor.position + 1;
  const char c = next < cursor.pattern.size() ? cursor.pattern[next] : '\0';
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool also_in_class = (c >= '0' && c <= '9') || c == '_';
  if (!letter && !(in_class && also_in_class)) return character('\\');
  cursor.position += 2;
  return character(static_cast<std::uint32_t>(c) % 32);
}

/// `\x41`, `\u0041`, and the two halves of a surrogate pair as the one character they make.
/// Without the digits, the letter itself.
ClassMember read_hex(RegexCursor& cursor, std::size_t digits) {
  const auto letter = static_cast<std::uint32_t>(cursor.pattern[cursor.position++]);
  const long value = hex_value(cursor.pattern, cursor.position, digits);
  if (value < 0) return character(letter);
  cursor.position += digits;
  if (value >= 0xD800 && value <= 0xDBFF && cursor.looking_at("\\u")) {
    const long low = hex_value(cursor.pattern, cursor.position + 2, 4);
    if (low >= 0xDC00 && low <= 0xDFFF) {
      cursor.position += 6;
      return character(
          static_cast<std::uint32_t>(0x10000 + (value - 0xD800) * 0x400 + low - 0xDC00));
    }
  }
  return character(static_cast<std::uint32_t>(value));
}

std::optional<ClassMember> read_set_escape(char c, std::uint32_t maximum) {
  switch (c) {
    case 'd':
      return set_of(CodePointSet::digits(), false, maximum);
    case 'D':
      return set_of(CodePointSet::digits(), true, maximum);
    case 'w':
      return set_of(CodePointSet::word(), false, maximum);
    case 'W':
      return set_of(CodePointSet::word(), true, maximum);
    case 's':
      return set_of(CodePointSet::space(), false, maximum);
    case 'S':
      return set_of(CodePointSet::space(), true, maximum);
    default:
      return std::nullopt;
  }
}

std::optional<std::uint32_t> control_character(char c, bool in_class) {
  switch (c) {
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'v':
      return '\v';
    case 'f':
      return '\f';
    case 'r':
      return '\r';
    case 'b':
      return in_class ? std::optional<std::uint32_t>('\b') : std::nullopt;
    default:
      return std::nullopt;
  }
}

/// `[:alpha:]` behind its first bracket; nothing when it is none.
const CodePointSet* read_posix(RegexCursor& cursor) {
  if (cursor.dialect != RegexDialect::LegacyRoute || !cursor.looking_at(":")) return nullptr;
  const auto end = cursor.pattern.find(":]", cursor.position + 1);
  if (end == std::string_view::npos) return nullptr;
  const auto name = cursor.pattern.substr(cursor.position + 1, end - cursor.position - 1);
  const auto* set = CodePointSet::posix(name);
  if (set != nullptr) cursor.position = end + 2;
  return set;
}

ClassMember read_member(RegexCursor& cursor) {
  if (cursor.consume("\\")) {
    if (cursor.at_end()) return character('\\');
    return read_escape(cursor, true);
  }
  if (cursor.looking_at("[:")) {
    ++cursor.position;
    if (const auto* set = read_posix(cursor)) return {*set, 0, true};
    return character('[');
  }
  return character(next_character(cursor.pattern, cursor.position));
}

void add(CodePointSet& set, const ClassMember& member) {
  if (member.is_set) {
    set.add(member.set);
  } else {
    set.add(member.character, member.character);
  }
}

/// One member, or a range of two. A range with a set at one end is no range: its hyphen is a
/// member.
void read_members(RegexCursor& cursor, CodePointSet& set) {
  const auto start = cursor.position;
  const auto first = read_member(cursor);
  if (!cursor.looking_at("-") || cursor.looking_at("-]") ||
      cursor.position + 1 >= cursor.pattern.size()) {
    add(set, first);
    return;
  }
  ++cursor.position;
  const auto last = read_member(cursor);
  if (first.is_set || last.is_set) {
    add(set, first);
    add(set, character('-'));
    add(set, last);
    return;
  }
  if (first.character > last.character) {
    throw PatternError(PatternError::Kind::InvalidRegex, start,
                       "range out of order in character class");
  }
  set.add(first.character, last.character);
}

}  // namespace

ClassMember read_escape(RegexCursor& cursor, bool in_class) {
  const char c = cursor.pattern[cursor.position];
  if (auto set = read_set_escape(c, cursor.maximum())) return ++cursor.position, *std::move(set);
  if (const auto control = control_character(c, in_class)) {
    return ++cursor.position, character(*control);
  }
  if (c == 'c') return read_control(cursor, in_class);
  if (c == 'x') return read_hex(cursor, 2);
  if (c == 'u') return read_hex(cursor, 4);
  if (c >= '0' && c <= '7') return read_octal(cursor);
  if (c == 'k' && cursor.groups->any_named) {
    throw PatternError(PatternError::Kind::InvalidRegex, cursor.position - 1, "invalid escape");
  }
  return character(next_character(cursor.pattern, cursor.position));
}

CodePointSet read_class(RegexCursor& cursor) {
  const auto start = cursor.position - 1;
  if (const auto* posix = read_posix(cursor)) return *posix;
  const bool negated = cursor.consume("^");
  CodePointSet set;
  while (!cursor.consume("]")) {
    if (cursor.at_end()) {
      throw PatternError(PatternError::Kind::InvalidRegex, start, "unterminated character class");
    }
    read_members(cursor, set);
  }
  return negated ? set.complement(cursor.maximum()) : set;
}

}  // namespace localfn::patterns
