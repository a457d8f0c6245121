#include "runtime/patterns/regex_groups.h"

#include <algorithm>

#include "runtime/patterns/code_point_set.h"
#include "runtime/patterns/pattern_error.h"

namespace localfn::patterns {
namespace {

bool is_name_character(char c, bool first) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x80 || c == '$' || c == '_') return true;
  if (byte >= '0' && byte <= '9') return !first;
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

class GroupFinder {
 public:
  GroupFinder(std::string_view pattern, RegexDialect dialect)
      : pattern_(pattern), dialect_(dialect) {}

  RegexGroups run() {
    while (position_ < pattern_.size()) {
      const auto start = position_;
      const auto c = next_character(pattern_, position_);
      if (c >= 0x80) groups_.utf = true;
      if (c == '\\') {
        skip_escaped();
      } else if (c == '[' && skip_posix()) {
        continue;
      } else if (in_class_) {
        in_class_ = c != ']';
      } else if (c == '[') {
        in_class_ = true;
      } else if (c == '(') {
        open_group(start);
      }
    }
    return std::move(groups_);
  }

 private:
  void skip_escaped() {
    if (position_ == pattern_.size()) return;
    if (pattern_[position_] == 'u' && hex_value(pattern_, position_ + 1, 4) > 0x7F) {
      groups_.utf = true;
    }
    if (static_cast<unsigned char>(pattern_[position_]) < 0x80) ++position_;
  }

  /// The rest of `[:alpha:]`, whose bracket ends no class: what the translator reads as one.
  bool skip_posix() {
    const auto rest = pattern_.substr(position_);
    if (dialect_ != RegexDialect::LegacyRoute || !rest.starts_with(":")) return false;
    const auto end = rest.find(":]", 1);
    if (end == std::string_view::npos || !CodePointSet::posix(rest.substr(1, end - 1))) return false;
    position_ += end + 2;
    return true;
  }

  void open_group(std::size_t start) {
    const auto rest = pattern_.substr(position_);
    if (!rest.starts_with("?")) {
      groups_.names.emplace_back();
      return;
    }
    const auto marks = name_marks(rest, dialect_);
    if (!marks) return;
    const auto after = rest.substr(marks->before);
    const auto name = after.substr(0, group_name_length(after, marks->after));
    if (name.empty()) {
      throw PatternError(PatternError::Kind::InvalidRegex, start, "invalid capture group name");
    }
    if (groups_.number_of(name) != 0) {
      throw PatternError(PatternError::Kind::InvalidRegex, start, "duplicate capture group name");
    }
    groups_.names.emplace_back(name);
    groups_.any_named = true;
  }

  std::string_view pattern_;
  RegexDialect dialect_;
  std::size_t position_ = 0;
  bool in_class_ = false;
  RegexGroups groups_;
};

/// How many bytes follow the lead byte, with the bits it holds; -1 for no lead byte.
int continuation_bytes(unsigned char lead, char32_t& bits) {
  if (lead < 0x80) return bits = lead, 0;
  if (lead >= 0xC2 && lead < 0xE0) return bits = lead & 0x1F, 1;
  if (lead >= 0xE0 && lead < 0xF0) return bits = lead & 0x0F, 2;
  if (lead >= 0xF0 && lead < 0xF5) return bits = lead & 0x07, 3;
  return -1;
}

bool is_shortest_form(char32_t c, int more) {
  if (c >= 0xD800 && c <= 0xDFFF) return false;
  return more < 2 || (more == 2 ? c >= 0x800 : c >= 0x10000 && c <= 0x10FFFF);
}

}  // namespace

std::size_t RegexGroups::number_of(std::string_view name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? 0 : static_cast<std::size_t>(found - names.begin()) + 1;
}

RegexGroups find_groups(std::string_view pattern, RegexDialect dialect) {
  return GroupFinder(pattern, dialect).run();
}

std::size_t group_name_length(std::string_view text, char end) {
  std::size_t length = 0;
  while (length < text.size() && is_name_character(text[length], length == 0)) ++length;
  return length < text.size() && text[length] == end ? length : 0;
}

std::optional<NameMarks> name_marks(std::string_view text, RegexDialect dialect) {
  if (text.starts_with("?<=") || text.starts_with("?<!")) return std::nullopt;
  if (text.starts_with("?<")) return NameMarks{2, '>'};
  if (dialect != RegexDialect::LegacyRoute) return std::nullopt;
  if (text.starts_with("?P<")) return NameMarks{3, '>'};
  if (text.starts_with("?'")) return NameMarks{2, '\''};
  return std::nullopt;
}

char32_t next_character(std::string_view pattern, std::size_t& position) {
  const auto start = position;
  char32_t character = 0;
  const int more = continuation_bytes(static_cast<unsigned char>(pattern[position++]), character);
  bool good = more >= 0 && pattern.size() - position >= static_cast<std::size_t>(std::max(more, 0));
  for (int i = 0; good && i < more; ++i) {
    const auto byte = static_cast<unsigned char>(pattern[position++]);
    good = (byte & 0xC0) == 0x80;
    character = (character << 6) | (byte & 0x3F);
  }
  if (good && is_shortest_form(character, more)) return character;
  throw PatternError(PatternError::Kind::InvalidRegex, start, "the text is not UTF-8");
}

long hex_value(std::string_view pattern, std::size_t position, std::size_t count) {
  if (position > pattern.size() || pattern.size() - position < count) return -1;
  long value = 0;
  for (const char c : pattern.substr(position, count)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

}  // namespace localfn::patterns
