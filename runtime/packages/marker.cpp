#include "runtime/packages/marker.h"

#include <array>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "runtime/packages/requirement.h"

namespace localfn::packages {
namespace {

constexpr int kDeepest = 32;

using Truth = std::optional<bool>;

/// "3.11.2" → {3, 11, 2}; empty where it is no such version.
std::vector<int> numbers_of(std::string_view text) {
  std::vector<int> numbers;
  while (!text.empty()) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return {};
    numbers.push_back(value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) break;
    if (text[0] != '.') return {};
    text.remove_prefix(1);
    if (text.empty()) return {};
  }
  return numbers;
}

int order(std::vector<int> a, std::vector<int> b) {
  const std::size_t size = std::max(a.size(), b.size());
  a.resize(size);
  b.resize(size);
  return a == b ? 0 : a < b ? -1 : 1;
}

Truth compare_versions(std::string_view left, std::string_view operation, std::string_view right) {
  const bool prefix = right.ends_with(".*");
  if (prefix) right.remove_suffix(2);
  auto a = numbers_of(left);
  const auto b = numbers_of(right);
  if (a.empty() || b.empty()) return {};
  if (prefix && a.size() > b.size()) a.resize(b.size());
  const int result = order(a, b);
  if (operation == "==" || operation == "===") return result == 0;
  if (operation == "!=") return result != 0;
  if (operation == "<") return result < 0;
  if (operation == "<=") return result <= 0;
  if (operation == ">") return result > 0;
  if (operation == ">=") return result >= 0;
  if (operation != "~=" || b.size() < 2) return {};
  // ~=3.11 is 3.11 and what follows it in 3.
  std::vector<int> series(b.begin(), b.end() - 1);
  a.resize(std::max(a.size(), series.size()));
  return result >= 0 && std::vector<int>(a.begin(), a.begin() + std::ssize(series)) == series;
}

/// One side of a comparison: a text, or a variable that was replaced by its value.
struct Side {
  std::string text;
  bool version = false;  ///< compared as one
  bool known = true;
};

Side value_of(std::string_view name, std::string_view version) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kHere = {{
      {"sys_platform", "linux"},
      {"platform_system", "Linux"},
      {"os_name", "posix"},
      {"implementation_name", "cpython"},
      {"platform_python_implementation", "CPython"},
      {"extra", ""},
  }};
  if (name == "python_version") return {std::string(version), true, !version.empty()};
  for (const auto& [variable, value] : kHere) {
    if (variable == name) return {std::string(value)};
  }
  return {{}, false, false};  // python_full_version, platform_machine …
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view version) : rest_(text), version_(version) {}

  Truth run() {
    const Truth truth = any();
    return failed_ || !trimmed(rest_).empty() ? Truth() : truth;
  }

 private:
  Truth any() {
    Truth truth = all();
    while (!failed_ && take_word("or")) {
      const Truth other = all();
      // One that holds settles it, whatever the unknown other says.
      truth = truth == true || other == true ? Truth(true) : truth && other ? Truth(false) : Truth();
    }
    return truth;
  }

  Truth all() {
    Truth truth = one();
    while (!failed_ && take_word("and")) {
      const Truth other = one();
      truth = truth == false || other == false ? Truth(false) : truth && other ? Truth(true) : Truth();
    }
    return truth;
  }

  Truth one() {
    if (!take("(")) return comparison();
    if (++depth_ > kDeepest) return fail();
    const Truth truth = any();
    --depth_;
    return take(")") ? truth : fail();
  }

  Truth comparison() {
    const auto left = side();
    const std::string_view operation = operator_();
    const auto right = side();
    if (!left || !right || operation.empty()) return fail();
    if (!left->known || !right->known) return {};
    if (operation == "in") return right->text.find(left->text) != std::string::npos;
    if (operation == "not in") return right->text.find(left->text) == std::string::npos;
    if (left->version || right->version) return compare_versions(left->text, operation, right->text);
    if (operation == "==") return left->text == right->text;
    if (operation == "!=") return left->text != right->text;
    return {};
  }

  std::optional<Side> side() {
    rest_ = trimmed(rest_);
    if (rest_.empty()) return {};
    if (rest_[0] == '"' || rest_[0] == '\'') {
      const std::size_t end = rest_.find(rest_[0], 1);
      if (end == std::string_view::npos) return {};
      Side side{std::string(rest_.substr(1, end - 1))};
      rest_.remove_prefix(end + 1);
      return side;
    }
    std::size_t end = 0;
    while (end < rest_.size() && is_word(rest_[end])) ++end;
    if (end == 0) return {};
    const Side side = value_of(rest_.substr(0, end), version_);
    rest_.remove_prefix(end);
    return side;
  }

  std::string_view operator_() {
    for (const std::string_view known : {"===", "==", "!=", "<=", ">=", "~=", "<", ">"}) {
      if (take(known)) return known;
    }
    if (take_word("in")) return "in";
    return take_word("not") && take_word("in") ? "not in" : "";
  }

  bool take(std::string_view text) {
    rest_ = trimmed(rest_);
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  bool take_word(std::string_view word) {
    rest_ = trimmed(rest_);
    if (!rest_.starts_with(word)) return false;
    if (rest_.size() > word.size() && is_word(rest_[word.size()])) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  Truth fail() {
    failed_ = true;
    return {};
  }

  static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  }

  std::string_view rest_;
  std::string_view version_;
  int depth_ = 0;
  bool failed_ = false;
};

}  // namespace

Truth marker_holds(std::string_view marker, std::string_view version) {
  return Parser(marker, version).run();
}

}  // namespace localfn::packages
