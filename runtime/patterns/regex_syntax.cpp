#include "runtime/patterns/regex_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/patterns/pattern_error.h"
#include "runtime/patterns/regex_class.h"

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

/// JavaScript gives up an optional turn of a repeated group that matches nothing: `(.*)+` on "ab"
/// captures "ab". PCRE2 takes one such turn, and captures "". Where that can be seen, the group is
/// written with a guard: the rest of the text is remembered before the turn, and must be shorter
/// after it. (The first turn of `+` is not optional: it may be empty, at the start of the loop.)
std::string guarded(const std::string& group, bool first_may_be_empty, std::size_t number) {
  constexpr auto kRemember = "(?=(?<{}{}>(?s:.*+)))";
  const auto before = fmt::format(kRemember, "r", number);
  if (!first_may_be_empty) return fmt::format("(?:{}{}(?!\\k{{r{}}}\\z))", before, group, number);
  return fmt::format("{}(?:{}{}(?:(?!\\k{{r{}}}\\z)|(?=\\k{{s{}}}\\z)))",
                     fmt::format(kRemember, "s", number), before, group, number, number);
}

class Translator {
 public:
  /// With guards the groups have names, since PCRE2 counts the groups of the guards too.
  Translator(std::string_view pattern, RegexDialect dialect, bool guards)
      : groups_(find_groups(pattern, dialect)), cursor_{pattern, 0, &groups_, dialect}, guards_(guards) {
    open_.emplace_back();
  }

  /// Whether the translation, made without guards, needs them. After run().
  bool needs_guards() const { return guard_count_ > 0 && !guards_; }

  RegexSyntax run() {
    while (!cursor_.at_end()) {
      result_.origins.emplace_back(result_.pcre.size(), cursor_.position);
      if (!translate_quantifier()) translate_term();
    }
    if (open_.size() > 1) fail(open_.back().start, "unterminated group");
    result_.renumbered = guards_;
    result_.utf = groups_.utf;
    result_.group_names = std::move(groups_.names);
    return std::move(result_);
  }

 private:
  /// A group whose end has not come; the first stands for the whole pattern.
  struct OpenGroup {
    std::size_t start = 0;       ///< in the pattern
    std::size_t pcre_start = 0;  ///< in the translation
    bool lookaround = false;
    bool quantifiable = true;  ///< once it is closed
    bool captures = false;     ///< it or a group in it
    bool consumes = true;      ///< each alternative so far matches at least one character
    bool branch_consumes = false;
  };

  /// What a quantifier would belong to.
  struct Atom {
    std::size_t pcre_start = 0;
    bool quantifiable = false;
    bool consumes = false;
    bool captures = false;
  };

  [[noreturn]] static void fail(std::size_t offset, const char* message) {
    throw PatternError(PatternError::Kind::InvalidRegex, offset, message);
  }

  bool translate_quantifier() {
    const auto start = cursor_.position;
    const auto quantifier = read_quantifier(cursor_.pattern.substr(start));
    if (!quantifier) return false;
    if (!atom_.quantifiable) fail(start, "nothing to repeat");
    if (quantifier->least > quantifier->most) {
      fail(start, "numbers out of order in {} quantifier");
    }
    cursor_.position += quantifier->length;
    guard(*quantifier);
    emit(start, *quantifier);
    if (cursor_.consume("?")) result_.pcre += '?';
    if (quantifier->least == 0) atom_.consumes = false;
    atom_.quantifiable = false;
    return true;
  }

  /// Two turns or more that must be there, and may be empty, are left as they are.
  void guard(const Quantifier& quantifier) {
    const bool optional_turns = quantifier.least < quantifier.most && quantifier.least <= 1;
    if (!atom_.captures || atom_.consumes || !optional_turns) return;
    ++guard_count_;
    if (!guards_) return;
    const auto group = result_.pcre.substr(atom_.pcre_start);
    result_.pcre.resize(atom_.pcre_start);
    result_.pcre += guarded(group, quantifier.least == 1, guard_count_);
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

  /// The atom before is complete: it counts for the alternative it stands in.
  void settle_atom() {
    if (atom_.consumes) open_.back().branch_consumes = true;
    atom_ = {result_.pcre.size(), true, true, false};
  }

  void translate_term() {
    settle_atom();
    const auto start = cursor_.position;
    const auto c = next_character(cursor_.pattern, cursor_.position);
    switch (c) {
      case '|':
        end_branch();
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

  void end_branch() {
    auto& group = open_.back();
    group.consumes = group.consumes && std::exchange(group.branch_consumes, false);
  }

  void assertion(std::string_view text) {
    result_.pcre += text;
    atom_.quantifiable = false;
    atom_.consumes = false;
  }

  void open_group(std::size_t start) {
    OpenGroup group;
    group.start = start;
    group.pcre_start = result_.pcre.size();
    group.lookaround = true;
    if (cursor_.looking_at("?<=") || cursor_.looking_at("?<!")) {
      group.quantifiable = false;
      assertion(cursor_.looking_at("?<=") ? "(?<=" : "(?<!");
      cursor_.position += 3;
    } else if (cursor_.looking_at("?=") || cursor_.looking_at("?!")) {
      assertion(cursor_.looking_at("?=") ? "(?=" : "(?!");
      cursor_.position += 2;
    } else {
      group.lookaround = false;
      open_plain_group(start, group);
    }
    open_.push_back(group);
  }

  void open_plain_group(std::size_t start, OpenGroup& group) {
    if (cursor_.consume("?:")) return assertion("(?:");
    const auto rest = cursor_.pattern.substr(cursor_.position);
    if (const auto marks = name_marks(rest, cursor_.dialect)) {
      // find_groups() has checked the name and keeps it: PCRE2's rules for names are others.
      const auto name = group_name_length(rest.substr(marks->before), marks->after);
      cursor_.position += marks->before + name + 1;
    } else if (cursor_.looking_at("?")) {
      fail(start, "invalid group");
    }
    group.captures = true;
    ++group_count_;
    assertion(guards_ ? "(?<" + pcre_group_name(group_count_) + ">" : "(");
  }

  void close_group(std::size_t start) {
    if (open_.size() == 1) fail(start, "unmatched ')'");
    end_branch();
    const auto group = open_.back();
    open_.pop_back();
    open_.back().captures = open_.back().captures || group.captures;
    result_.pcre += ')';
    const bool in_turns = group.captures && !group.lookaround;
    atom_ = {group.pcre_start, group.quantifiable, group.consumes && !group.lookaround, in_turns};
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
    refer_to(number);
  }

  /// `\12` refers to group 12 only if there are so many; else it is octal or the digit itself.
  bool numbered_reference() {
    auto end = cursor_.position;
    const auto number = read_number(cursor_.pattern, end);
    if (!number || *number > groups_.names.size()) return false;
    cursor_.position = end;
    refer_to(*number);
    return true;
  }

  void refer_to(std::size_t number) {
    atom_.consumes = false;  // a group that has matched nothing yet is an empty text
    result_.pcre += guards_ ? fmt::format("\\k{{{}}}", pcre_group_name(number))
                            : fmt::format("\\g{{{}}}", number);
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
  Atom atom_;
  bool guards_;
  std::size_t guard_count_ = 0;
  std::size_t group_count_ = 0;
};

}  // namespace

std::size_t RegexSyntax::origin_of(std::size_t pcre_offset) const {
  const auto after = std::upper_bound(
      origins.begin(), origins.end(), pcre_offset,
      [](std::size_t offset, const auto& origin) { return offset < origin.first; });
  return after == origins.begin() ? 0 : std::prev(after)->second;
}

std::string pcre_group_name(std::size_t number) { return "g" + std::to_string(number); }

RegexSyntax translate_regex(std::string_view pattern, RegexDialect dialect) {
  Translator translator(pattern, dialect, false);
  auto syntax = translator.run();
  if (!translator.needs_guards()) return syntax;
  return Translator(pattern, dialect, true).run();
}

}  // namespace localfn::patterns
