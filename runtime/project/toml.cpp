#include "runtime/project/toml.h"

#include <utility>

namespace localfn {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool is_quote(char c) { return c == '"' || c == '\''; }

/// The end of the quoted string that begins at `at`: behind its closing quote, or npos.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') ++i;
    else if (text[i] == quote) return i + 1;
  }
  return std::string_view::npos;
}

/// Where one of `wanted` stands outside quotes and brackets; npos: nowhere.
std::size_t find_outside(std::string_view text, std::string_view wanted) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (is_quote(c)) {
      i = end_of_string(text, i);
      if (i == std::string_view::npos) return i;
      continue;
    }
    if (depth == 0 && wanted.find(c) != std::string_view::npos) return i;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    ++i;
  }
  return std::string_view::npos;
}

/// How many brackets are open after `text`, of which a comment is no part.
int open_brackets(std::string_view text, int depth) {
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '#') break;
    if (is_quote(c)) {
      i = end_of_string(text, i);
      if (i == std::string_view::npos) break;
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    ++i;
  }
  return depth;
}

/// `a . "b"` → "a.b".
std::string plain_key(std::string_view key) {
  std::string plain;
  while (true) {
    const std::size_t dot = find_outside(key, ".");
    std::string_view part = trimmed(key.substr(0, dot));
    if (part.size() >= 2 && is_quote(part[0]) && part.back() == part[0]) {
      part = part.substr(1, part.size() - 2);
    }
    plain += part;
    if (dot == std::string_view::npos) return plain;
    plain += '.';
    key.remove_prefix(dot + 1);
  }
}

class Search {
 public:
  explicit Search(std::string_view key) : key_(key) {}

  std::optional<TomlValue> run(std::string_view toml) {
    while (!toml.empty() && !found_) {
      const std::size_t end = toml.find('\n');
      ++line_;
      take(trimmed(toml.substr(0, end)));
      if (end == std::string_view::npos) break;
      toml.remove_prefix(end + 1);
    }
    return std::move(found_);
  }

 private:
  void take(std::string_view line);
  void entry(const std::string& prefix, std::string_view text);
  void value(const std::string& key, std::string_view text);
  void inline_table(const std::string& key, std::string_view text);

  const std::string_view key_;
  std::string table_;      ///< with a dot at its end
  std::string_view until_; ///< inside a string of several lines: its closing quotes
  int depth_ = 0;          ///< inside an array of several lines: how many brackets are open
  std::size_t line_ = 0;
  std::optional<TomlValue> found_;
};

void Search::take(std::string_view line) {
  if (!until_.empty()) {
    if (line.find(until_) != std::string_view::npos) until_ = {};
    return;
  }
  if (depth_ > 0) {
    depth_ = open_brackets(line, depth_);
    return;
  }
  if (line.empty() || line[0] == '#') return;
  if (line[0] != '[') return entry(table_, line);
  const std::size_t close = line.find(']');
  // An array of tables has no value that could be asked for.
  const bool table = close != std::string_view::npos && !line.starts_with("[[");
  table_ = table ? plain_key(line.substr(1, close - 1)) + "." : "[].";
}

void Search::entry(const std::string& prefix, std::string_view text) {
  const std::size_t equals = find_outside(text, "=");
  if (equals == std::string_view::npos) return;
  value(prefix + plain_key(text.substr(0, equals)), trimmed(text.substr(equals + 1)));
}

void Search::value(const std::string& key, std::string_view text) {
  if (text.starts_with("\"\"\"") || text.starts_with("'''")) {
    const std::string_view quotes = text.substr(0, 3) == "'''" ? "'''" : "\"\"\"";
    if (text.find(quotes, 3) == std::string_view::npos) until_ = quotes;
    if (key == key_) found_ = TomlValue{std::string(text), false, line_};
    return;
  }
  if (text.starts_with('{') && key_.starts_with(key + ".")) return inline_table(key, text);
  if (text.starts_with('[')) depth_ = open_brackets(text, 0);
  if (key != key_) return;
  if (!text.empty() && is_quote(text[0])) {
    const std::size_t end = end_of_string(text, 0);
    if (end != std::string_view::npos) {
      found_ = TomlValue{std::string(text.substr(1, end - 2)), true, line_};
      return;
    }
  }
  const std::size_t comment = find_outside(text, "#");
  found_ = TomlValue{std::string(trimmed(text.substr(0, comment))), false, line_};
}

void Search::inline_table(const std::string& key, std::string_view text) {
  const std::size_t close = text.rfind('}');
  if (close == std::string_view::npos) return;
  text = text.substr(1, close - 1);
  while (!found_) {
    const std::size_t comma = find_outside(text, ",");
    entry(key + ".", text.substr(0, comma));
    if (comma == std::string_view::npos) return;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::optional<TomlValue> toml_value(std::string_view toml, std::string_view key) {
  return Search(key).run(toml);
}

}  // namespace localfn
