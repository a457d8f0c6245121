#include "tests/unit/architecture/source_text.h"

#include <algorithm>
#include <cctype>
#include <regex>
#include <sstream>

namespace localfn::architecture {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Walks over the text once; each step copies code or blanks what is none.
class Scanner {
 public:
  Scanner(std::string_view text, bool keep_strings) : text_(text), keep_strings_(keep_strings) {}

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    if (starts("//")) return blank_until(text_.find('\n', at_), false);
    if (starts("/*")) return blank_until(past("*/", at_ + 2), false);
    if (starts("R\"") && !follows_word()) return raw_string();
    if (text_[at_] == '"') return literal('"');
    if (text_[at_] == '\'' && !separates_digits()) return literal('\'');
    out_ += text_[at_++];
  }

  bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  /// `uR"…"` and its kin are raw strings too, `FACTOR"…"` is none.
  bool follows_word() const {
    if (at_ == 0 || !is_word(text_[at_ - 1])) return false;
    std::size_t begin = at_;
    while (begin > 0 && is_word(text_[begin - 1])) --begin;
    const auto prefix = text_.substr(begin, at_ - begin);
    return prefix != "u" && prefix != "U" && prefix != "L" && prefix != "u8";
  }

  /// 4'718'592: the quote stands inside a word that begins with a digit.
  bool separates_digits() const {
    std::size_t begin = at_;
    while (begin > 0 && (is_word(text_[begin - 1]) || text_[begin - 1] == '\'')) --begin;
    return begin < at_ && std::isdigit(static_cast<unsigned char>(text_[begin])) != 0;
  }

  std::size_t past(std::string_view what, std::size_t from) const {
    const auto found = text_.find(what, from);
    return found == std::string_view::npos ? found : found + what.size();
  }

  void raw_string() {
    const auto open = text_.find('(', at_);
    if (open == std::string_view::npos) return blank_until(open, keep_strings_);
    const auto delimiter = text_.substr(at_ + 2, open - at_ - 2);
    blank_until(past(")" + std::string(delimiter) + "\"", open), keep_strings_);
  }

  void literal(char quote) {
    auto end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    blank_until(end + 1, keep_strings_ && quote == '"');
  }

  void blank_until(std::size_t end, bool keep) {
    end = std::min(end, text_.size());
    for (; at_ < end; ++at_) out_ += keep || text_[at_] == '\n' ? text_[at_] : ' ';
  }

  std::string_view text_;
  bool keep_strings_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string without_comments(std::string_view text, bool keep_strings) {
  return Scanner(text, keep_strings).run();
}

std::vector<Include> includes_of(std::string_view text) {
  // has_include is an include as far as dependencies go: what it finds is used.
  static const std::regex line_of_include(
      R"re(^\s*#\s*(?:include|(?:el)?if\s.*__has_include\s*\()\s*([<"])([^>"]+)[>"].*)re");
  std::vector<Include> includes;
  std::istringstream lines(without_comments(text, true));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::smatch match;
    if (std::regex_match(line, match, line_of_include)) {
      includes.push_back({match[2].str(), match[1].str() == "\"", number});
    }
  }
  return includes;
}

}  // namespace localfn::architecture
