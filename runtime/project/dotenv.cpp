#include "runtime/project/dotenv.h"

#include <fmt/format.h>

#include "runtime/project/config.h"

namespace localfn {
namespace {

class Parser {
 public:
  explicit Parser(const SourceText& source) : source_(source), text_(source.text()) {}

  DotenvFile parse() {
    while (next_ < text_.size()) parse_line();
    return std::move(result_);
  }

 private:
  static constexpr std::size_t kEnd = std::string_view::npos;

  std::size_t end_of_line(std::size_t from) const {
    return std::min(text_.find('\n', from), text_.size());
  }
  void skip_line() { next_ = std::min(end_of_line(next_) + 1, text_.size()); }
  void skip_blanks() {
    while (next_ < text_.size() && (text_[next_] == ' ' || text_[next_] == '\t')) ++next_;
  }
  void warn(std::size_t offset, std::string_view message) {
    result_.warnings.push_back(fmt::format("{}: {}", source_.place(offset), message));
  }

  void parse_line() {
    skip_blanks();
    const std::size_t start = next_;
    if (start >= text_.size()) return;
    if (text_[start] == '\n' || text_[start] == '\r' || text_[start] == '#') return skip_line();
    skip_export();
    const std::size_t equals = text_.find('=', next_);
    if (equals >= end_of_line(next_)) {
      warn(start, "ignored: expected NAME=VALUE");
      return skip_line();
    }
    std::string_view name = text_.substr(next_, equals - next_);
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
    next_ = equals + 1;
    skip_blanks();
    std::string value;
    if (!read_value(value)) return;  // has warned
    if (!is_variable_name(name)) {
      return warn(start, fmt::format("{} is ignored: a name has only letters, digits and underscores "
                                     "and does not start with a digit", in_quotes(name)));
    }
    if (value.find('\0') != std::string::npos) {
      return warn(start, fmt::format("{} is ignored: its value has a NUL byte", name));
    }
    result_.variables.emplace_back(std::string(name), std::move(value));
  }

  void skip_export() {
    constexpr std::string_view kExport = "export";
    const std::size_t after = next_ + kExport.size();
    if (text_.substr(next_, kExport.size()) != kExport || after >= text_.size()) return;
    if (text_[after] != ' ' && text_[after] != '\t') return;
    next_ = after;
    skip_blanks();
  }

  bool read_value(std::string& value) {
    const char first = next_ < text_.size() ? text_[next_] : '\n';
    if (first == '"' || first == '\'') return read_quoted(first, value);
    read_bare(value);
    return true;
  }

  /// To the end of the line; " #" starts a comment.
  void read_bare(std::string& value) {
    std::string_view rest = text_.substr(next_, end_of_line(next_) - next_);
    for (std::size_t i = 1; i < rest.size(); ++i) {
      if (rest[i] == '#' && (rest[i - 1] == ' ' || rest[i - 1] == '\t')) rest = rest.substr(0, i);
    }
    while (!rest.empty() && std::string_view(" \t\r").find(rest.back()) != kEnd) {
      rest.remove_suffix(1);
    }
    value = rest;
    skip_line();
  }

  /// To the same quote again, over line ends. Escapes count in double quotes; in single quotes only
  /// the quote and the backslash itself can be escaped.
  bool read_quoted(char quote, std::string& value) {
    const std::size_t start = next_;
    std::size_t i = start + 1;
    for (; i < text_.size() && text_[i] != quote; ++i) {
      if (text_[i] == '\r' && i + 1 < text_.size() && text_[i + 1] == '\n') continue;
      if (text_[i] == '\\' && i + 1 < text_.size()) {
        append_escape(text_[++i], quote, value);
      } else {
        value += text_[i];
      }
    }
    if (i >= text_.size()) {
      warn(start, fmt::format("ignored: the quote {} is not closed", quote));
      skip_line();
      return false;
    }
    next_ = i + 1;
    skip_blanks();
    const char after = next_ < text_.size() ? text_[next_] : '\n';
    const bool ends = after == '\n' || after == '\r' || after == '#';
    if (!ends) warn(next_, "ignored: something follows the closing quote");
    skip_line();
    return ends;
  }

  static void append_escape(char c, char quote, std::string& value) {
    constexpr std::string_view kLetters = "abfnrtv";
    constexpr std::string_view kMeant = "\a\b\f\n\r\t\v";
    const std::size_t letter = quote == '"' ? kLetters.find(c) : kEnd;
    if (letter != kEnd) {
      value += kMeant[letter];
    } else if (c == '\\' || c == quote) {
      value += c;
    } else {
      value += '\\';
      value += c;
    }
  }

  const SourceText& source_;
  std::string_view text_;
  std::size_t next_ = 0;
  DotenvFile result_;
};

}  // namespace

DotenvFile parse_dotenv(const SourceText& source) { return Parser(source).parse(); }

}  // namespace localfn
