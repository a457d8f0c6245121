#include "runtime/patterns/path_tokens.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "runtime/patterns/pattern_error.h"

namespace localfn::patterns {
namespace {

enum class Kind { Modifier, EscapedChar, Open, Close, Name, Pattern, Char, End };

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::Modifier:
      return "MODIFIER";
    case Kind::EscapedChar:
      return "ESCAPED_CHAR";
    case Kind::Open:
      return "OPEN";
    case Kind::Close:
      return "CLOSE";
    case Kind::Name:
      return "NAME";
    case Kind::Pattern:
      return "PATTERN";
    case Kind::Char:
      return "CHAR";
    case Kind::End:
      return "END";
  }
  return "";
}

struct Word {
  Kind kind;
  std::size_t offset;
  std::string value;
};

[[noreturn]] void fail(std::size_t offset, const std::string& message) {
  throw PatternError(PatternError::Kind::InvalidPattern, offset, message);
}

bool is_name_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Word> run() {
    while (position_ < source_.size()) read_word();
    words_.push_back({Kind::End, position_, ""});
    return std::move(words_);
  }

 private:
  void read_word() {
    switch (source_[position_]) {
      case '*':
      case '+':
      case '?':
        return take(Kind::Modifier, 0, 1);
      // A backslash at the end has no character: the word is empty, and the parser refuses it.
      case '\\':
        return take(Kind::EscapedChar, 1, position_ + 1 < source_.size() ? 1 : 0);
      case '{':
        return take(Kind::Open, 0, 1);
      case '}':
        return take(Kind::Close, 0, 1);
      case ':':
        return read_name();
      case '(':
        return read_pattern();
      default:
        return take(Kind::Char, 0, 1);
    }
  }

  void take(Kind kind, std::size_t skip, std::size_t length) {
    words_.push_back({kind, position_, std::string(source_.substr(position_ + skip, length))});
    position_ += skip + length;
  }

  void read_name() {
    std::size_t length = 0;
    while (position_ + 1 + length < source_.size() &&
           is_name_character(source_[position_ + 1 + length])) {
      ++length;
    }
    if (length == 0) fail(position_, fmt::format("Missing parameter name at {}", position_));
    take(Kind::Name, 1, length);
  }

  void read_pattern() {
    const auto start = position_ + 1;
    if (start < source_.size() && source_[start] == '?') {
      fail(start, fmt::format("Pattern cannot start with \"?\" at {}", start));
    }
    const auto end = find_end_of_pattern(start);
    if (end == source_.size()) fail(position_, fmt::format("Unbalanced pattern at {}", position_));
    if (end == start) fail(position_, fmt::format("Missing pattern at {}", position_));
    words_.push_back({Kind::Pattern, position_, std::string(source_.substr(start, end - start))});
    position_ = end + 1;
  }

  /// The offset of the closing parenthesis, or the size of the source.
  std::size_t find_end_of_pattern(std::size_t start) const {
    int depth = 1;
    for (auto i = start; i < source_.size(); ++i) {
      if (source_[i] == '\\') {
        ++i;
      } else if (source_[i] == ')') {
        if (--depth == 0) return i;
      } else if (source_[i] == '(') {
        ++depth;
        if (i + 1 >= source_.size() || source_[i + 1] != '?') {
          fail(i, fmt::format("Capturing groups are not allowed at {}", i));
        }
      }
    }
    return source_.size();
  }

  std::string_view source_;
  std::size_t position_ = 0;
  std::vector<Word> words_;
};

class Parser {
 public:
  Parser(std::string_view source, std::string_view default_pattern)
      : words_(Lexer(source).run()), default_pattern_(default_pattern) {}

  std::vector<PathToken> run() {
    while (next_ < words_.size()) {
      if (read_parameter() || read_text()) continue;
      flush_text();
      if (!read_braces()) must_consume(Kind::End);
    }
    return std::move(tokens_);
  }

 private:
  std::optional<std::string> consume(Kind kind) {
    if (next_ == words_.size() || words_[next_].kind != kind) return std::nullopt;
    return std::move(words_[next_++].value);
  }

  bool looking_at(Kind kind, std::size_t ahead = 0) const {
    return next_ + ahead < words_.size() && words_[next_ + ahead].kind == kind;
  }

  void must_consume(Kind kind) {
    if (consume(kind)) return;
    const auto& found = words_[next_];
    fail(found.offset, fmt::format("Unexpected {} at {}, expected {}", name_of(found.kind),
                                   found.offset, name_of(kind)));
  }

  /// `:name`, `(pattern)` or both, with the character before them if it is a prefix.
  bool read_parameter() {
    const std::size_t ahead = looking_at(Kind::Char) ? 1 : 0;
    if (!looking_at(Kind::Name, ahead) && !looking_at(Kind::Pattern, ahead)) return false;
    PathToken token;
    token.prefix = consume(Kind::Char).value_or("");
    if (token.prefix != "/" && token.prefix != ".") text_ += std::exchange(token.prefix, "");
    flush_text();
    read_group(token);
    if (token.pattern.empty()) token.pattern = default_pattern_;
    token.modifier = modifier();
    tokens_.push_back(std::move(token));
    return true;
  }

  void read_group(PathToken& token) {
    token.name = consume(Kind::Name).value_or("");
    token.own_pattern = looking_at(Kind::Pattern);
    if (token.own_pattern) token.pattern_offset = words_[next_].offset + 1;
    token.pattern = consume(Kind::Pattern).value_or("");
  }

  bool read_text() {
    const auto text = next_text();
    text_ += text;
    return !text.empty();
  }

  /// One character; empty when there is none. An escape without a character is no text.
  std::string next_text() {
    const bool text = looking_at(Kind::Char) || looking_at(Kind::EscapedChar);
    return text && !words_[next_].value.empty() ? std::move(words_[next_++].value) : "";
  }

  std::string all_text() {
    std::string text;
    for (auto more = next_text(); !more.empty(); more = next_text()) text += more;
    return text;
  }

  bool read_braces() {
    if (!consume(Kind::Open)) return false;
    PathToken token;
    token.prefix = all_text();
    read_group(token);
    if (token.pattern.empty() && !token.name.empty()) token.pattern = default_pattern_;
    token.suffix = all_text();
    must_consume(Kind::Close);
    token.modifier = modifier();
    tokens_.push_back(std::move(token));
    return true;
  }

  char modifier() {
    const auto found = consume(Kind::Modifier);
    return found ? found->front() : '\0';
  }

  void flush_text() {
    if (text_.empty()) return;
    PathToken token;
    token.is_text = true;
    token.text = std::exchange(text_, "");
    tokens_.push_back(std::move(token));
  }

  std::vector<Word> words_;
  std::string_view default_pattern_;
  std::size_t next_ = 0;
  std::string text_;
  std::vector<PathToken> tokens_;
};

}  // namespace

std::vector<PathToken> parse_path(std::string_view source, std::string_view default_pattern) {
  return Parser(source, default_pattern).run();
}

}  // namespace localfn::patterns
