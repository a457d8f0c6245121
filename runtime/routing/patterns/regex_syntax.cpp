#include "runtime/routing/patterns/regex_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "runtime/routing/patterns/pattern_error.h"
#include "runtime/routing/patterns/regex_class.h"

namespace localfn::patterns {
namespace {

constexpr unsigned long kMostRepetitions = 65535;  // PCRE2's own bound
constexpr unsigned long kInfinite = ~0UL;

struct Quantifier {
  unsigned long least = 0;
  unsigned long most = kInfinite;
  std::size_t length = 0;  ///< in the pattern, without a lazy `?`
};

/// A number that does not overflow: past kMostRepetitions only its being too large matters.
std::optional<unsigned long> read_number(std::string_view text, std::size_t& position) {
  const auto start = position;
  unsigned long value = 0;
  while (position < text.size() && text[position] >= '0' && text[position] <= '9') {
    value =
        std::min(value * 10 + static_cast<unsigned long>(text[position++] - '0'), kInfinite / 100);
  }
  return position == start ? std::nullopt : std::optional(value);
}

/// `{2}`, `{2,}`, `{2,5}`. JavaScript reads any other brace as itself.
std::optional<Quantifier> read_braces(std::string_view text) {
  std::size_t position = 1;
  const auto least = read_number(text, position);
  if (!least) return std::nullopt;
  Quantifier result{*least, *least, 0};
  if (position < text.size() && text[position] == ',') {
    result.most = read_number(text, ++position).value_or(kInfinite);
  }
  if (position >= text.size() || text[position] != '}') return std::nullopt;
  result.length = position + 1;
  return result;
}

std::optional<Quantifier> read_quantifier(std::string_view text) {
  switch (text.front()) {
    case '*':
      return Quantifier{0, kInfinite, 1};
    case '+':
      return Quantifier{1, kInfinite, 1};
    case '?':
      return Quantifier{0, 1, 1};
    case '{':
      return read_braces(text);
    default:
      return std::nullopt;
  }
}

class Translator {
 public:
  Translator(std::string_view pattern, RegexDialect dialect)
      : groups_(find_groups(pattern)), cursor_{pattern, 0, &groups_, dialect} {}

  RegexSyntax run() {
    while (!cursor_.at_end()) {
      result_.origins.emplace_back(result_.pcre.size(), cursor_.position);
      if (!translate_quantifier()) translate_term();
    }
    if (!open_.empty()) fail(open_.back().start, "unterminated group");
    result_.utf = groups_.utf;
    result_.group_names = std::move(groups_.names);
    return std::move(result_);
  }

 private:
  struct OpenGroup {
    std::size_t start;
    bool quantifiable;  ///< once it is closed
  };

  [[noreturn]] static void fail(std::size_t offset, const char* message) {
    throw PatternError(PatternError::Kind::InvalidRegex, offset, message);
  }

  bool translate_quantifier() {
    const auto start = cursor_.position;
    const auto quantifier = read_quantifier(cursor_.pattern.substr(start));
    if (!quantifier) return false;
    if (!quantifiable_) fail(start, "nothing to repeat");
    if (quantifier->least > quantifier->most) {
      fail(start, "numbers out of order in {} quantifier");
    }
    cursor_.position += quantifier->length;
    emit(start, *quantifier);
    if (cursor_.consume("?")) result_.pcre += '?';
    quantifiable_ = false;
    return true;
  }

  void emit(std::size_t start, const Quantifier& quantifier) {
    const bool bounded = quantifier.most != kInfinite;
    if (quantifier.least > kMostRepetitions || (bounded && quantifier.most > kMostRepetitions)) {
      throw PatternError(PatternError::Kind::Unsupported, start,
                         "more than 65535 repetitions are not supported");
    }
    result_.pcre +=
        fmt::format("{{{},{}}}", quantifier.least, bounded ? std::to_string(quantifier.most) : "");
  }

  void translate_term() {
    const auto start = cursor_.position;
    const auto c = next_character(cursor_.pattern, cursor_.position);
    quantifiable_ = true;
    switch (c) {
      case '|':
        return assertion("|");
      case '^':
        return assertion("^");
      case '$':
        return assertion("$");
      case '(':
        return open_group(start);
      case ')':
        return close_group(start);
      case '.':
        return emit(CodePointSet::line_ends().complement(cursor_.maximum()));
      case '[':
        return emit(read_class(cursor_));
      case '\\':
        return translate_escape(start);
      default:
        return emit(c);
    }
  }

  void assertion(std::string_view text) {
    result_.pcre += text;
    quantifiable_ = false;
  }

  void open_group(std::size_t start) {
    quantifiable_ = false;
    bool lookbehind = false;
    if (!cursor_.looking_at("?")) {
      result_.pcre += '(';
    } else if (cursor_.consume("?:")) {
      result_.pcre += "(?:";
    } else if (cursor_.consume("?=")) {
      result_.pcre += "(?=";
    } else if (cursor_.consume("?!")) {
      result_.pcre += "(?!";
    } else if (cursor_.looking_at("?<=") || cursor_.looking_at("?<!")) {
      result_.pcre += cursor_.looking_at("?<=") ? "(?<=" : "(?<!";
      cursor_.position += 3;
      lookbehind = true;
    } else if (cursor_.consume("?<")) {
      // find_groups() has checked the name and keeps it: PCRE2's rules for names are others.
      cursor_.position += group_name_length(cursor_.pattern.substr(cursor_.position)) + 1;
      result_.pcre += '(';
    } else {
      fail(start, "invalid group");
    }
    open_.push_back({start, !lookbehind});
  }

  void close_group(std::size_t start) {
    if (open_.empty()) fail(start, "unmatched ')'");
    quantifiable_ = open_.back().quantifiable;
    open_.pop_back();
    result_.pcre += ')';
  }

  void translate_escape(std::size_t start) {
    if (cursor_.at_end()) fail(start, "\\ at end of pattern");
    const char c = cursor_.pattern[cursor_.position];
    if (c == 'b' || c == 'B') {
      ++cursor_.position;
      return assertion(c == 'b' ? "\\b" : "\\B");
    }
    if (c == 'k' && groups_.any_named) return named_reference(start);
    if (c >= '1' && c <= '9' && numbered_reference()) return;
    const auto member = read_escape(cursor_, false);
    if (member.is_set) return emit(member.set);
    emit(member.character);
  }

  void named_reference(std::size_t start) {
    ++cursor_.position;
    if (!cursor_.consume("<")) fail(start, "invalid named reference");
    const auto rest = cursor_.pattern.substr(cursor_.position);
    const auto name = rest.substr(0, group_name_length(rest));
    if (name.empty()) fail(start, "invalid named reference");
    const auto number = groups_.number_of(name);
    if (number == 0) fail(start, "invalid named capture referenced");
    cursor_.position += name.size() + 1;
    result_.pcre += fmt::format("\\g{{{}}}", number);
  }

  /// `\12` refers to group 12 only if there are so many; else it is octal or the digit itself.
  bool numbered_reference() {
    auto end = cursor_.position;
    const auto number = read_number(cursor_.pattern, end);
    if (!number || *number > groups_.names.size()) return false;
    cursor_.position = end;
    result_.pcre += fmt::format("\\g{{{}}}", *number);
    return true;
  }

  void emit(const CodePointSet& set) { result_.pcre += set.to_pcre(cursor_.maximum()); }

  void emit(std::uint32_t c) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '/' || c == '_' || c == '-';
    if (plain) {
      result_.pcre += static_cast<char>(c);
    } else if (c >= 0xD800 && c <= 0xDFFF) {
      // Half of a surrogate pair: UTF-8 has none, so nothing matches it.
      result_.pcre += CodePointSet().to_pcre(cursor_.maximum());
    } else {
      result_.pcre += fmt::format("\\x{{{:x}}}", c);
    }
  }

  RegexGroups groups_;
  RegexCursor cursor_;
  RegexSyntax result_;
  std::vector<OpenGroup> open_;
  bool quantifiable_ = false;
};

}  // namespace

std::size_t RegexSyntax::origin_of(std::size_t pcre_offset) const {
  const auto after = std::upper_bound(
      origins.begin(), origins.end(), pcre_offset,
      [](std::size_t offset, const auto& origin) { return offset < origin.first; });
  return after == origins.begin() ? 0 : std::prev(after)->second;
}

RegexSyntax translate_regex(std::string_view pattern, RegexDialect dialect) {
  return Translator(pattern, dialect).run();
}

}  // namespace localfn::patterns
