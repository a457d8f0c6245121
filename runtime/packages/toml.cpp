#include "runtime/packages/toml.h"

#include <algorithm>

namespace localfn::packages {
namespace {

using Kind = TomlValue::Kind;

constexpr int kDeepest = 32;

struct Malformed {};

TomlValue& member(TomlValue& table, const std::string& name) {
  if (table.kind != Kind::Table) throw Malformed{};
  for (auto& [key, value] : table.members) {
    if (key == name) return value;
  }
  return table.members.emplace_back(name, TomlValue()).second;
}

/// The table of that name, made where there is none; of an array of tables, its last one.
TomlValue& table_in(TomlValue& outer, const std::string& name) {
  TomlValue& found = member(outer, name);
  if (found.kind == Kind::Other && found.text.empty()) found.kind = Kind::Table;
  if (found.kind == Kind::Array && !found.items.empty()) return found.items.back();
  if (found.kind != Kind::Table) throw Malformed{};
  return found;
}

void append_utf8(std::string& out, unsigned long code) {
  const auto put = [&out](unsigned long byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | (code >> 6));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  TomlValue run() {
    TomlValue root;
    root.kind = Kind::Table;
    TomlValue* table = &root;
    for (skip_lines(); !rest_.empty(); skip_lines()) {
      if (rest_[0] == '[') {
        table = &header(root);
      } else {
        assign(*table, 0);
      }
      end_line();
    }
    return root;
  }

 private:
  TomlValue& header(TomlValue& root) {
    const bool of_array = rest_.starts_with("[[");
    expect(of_array ? "[[" : "[");
    const auto path = key();
    TomlValue* table = &root;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) table = &table_in(*table, path[i]);
    expect(of_array ? "]]" : "]");
    if (!of_array) return table_in(*table, path.back());
    TomlValue& array = member(*table, path.back());
    if (array.kind == Kind::Other && array.text.empty()) array.kind = Kind::Array;
    if (array.kind != Kind::Array) throw Malformed{};
    array.items.emplace_back().kind = Kind::Table;
    return array.items.back();
  }

  void assign(TomlValue& table, int depth) {
    const auto path = key();
    TomlValue* inner = &table;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) inner = &table_in(*inner, path[i]);
    expect("=");
    skip_blank();
    TomlValue read = value(depth);
    member(*inner, path.back()) = std::move(read);
  }

  std::vector<std::string> key() {
    std::vector<std::string> path;
    do {
      skip_blank();
      if (rest_.empty()) throw Malformed{};
      path.push_back(rest_[0] == '"' || rest_[0] == '\'' ? string() : bare_key());
      skip_blank();
    } while (take("."));
    return path;
  }

  std::string bare_key() {
    const auto is_part = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-';
    };
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_part);
    const auto length = static_cast<std::size_t>(end - rest_.begin());
    if (length == 0) throw Malformed{};
    return take_characters(length);
  }

  TomlValue value(int depth) {
    if (rest_.empty() || depth > kDeepest) throw Malformed{};
    TomlValue result;
    if (rest_[0] == '"' || rest_[0] == '\'') {
      result.kind = Kind::String;
      result.text = string();
    } else if (rest_[0] == '[') {
      result = array(depth);
    } else if (rest_[0] == '{') {
      result = inline_table(depth);
    } else {
      result.text = take_characters(std::min(rest_.find_first_of(",]}#\r\n"), rest_.size()));
      while (result.text.ends_with(' ') || result.text.ends_with('\t')) result.text.pop_back();
      if (result.text.empty()) throw Malformed{};
    }
    return result;
  }

  TomlValue array(int depth) {
    TomlValue result;
    result.kind = Kind::Array;
    expect("[");
    for (skip_lines(); !take("]"); skip_lines()) {
      result.items.push_back(value(depth + 1));
      skip_lines();
      if (!take(",") && !rest_.starts_with("]")) throw Malformed{};
    }
    return result;
  }

  TomlValue inline_table(int depth) {
    TomlValue result;
    result.kind = Kind::Table;
    expect("{");
    for (skip_lines(); !take("}"); skip_lines()) {
      assign(result, depth + 1);
      skip_lines();
      if (!take(",") && !rest_.starts_with("}")) throw Malformed{};
    }
    return result;
  }

  std::string string() {
    const char quote = rest_[0];
    const std::string three(3, quote);
    if (!rest_.starts_with(three)) {
      rest_.remove_prefix(1);
      return string_to(std::string(1, quote), quote == '"');
    }
    rest_.remove_prefix(3);
    if (!take("\r\n")) take("\n");  // the line end right behind the quotes is none of the text
    std::string text = string_to(three, quote == '"');
    while (take(std::string(1, quote))) text += quote;  // """a""""
    return text;
  }

  std::string string_to(const std::string& end, bool escapes) {
    std::string text;
    while (!take(end)) {
      if (rest_.empty() || (end.size() == 1 && rest_[0] == '\n')) throw Malformed{};
      if (escapes && rest_[0] == '\\') {
        escape(text);
      } else {
        text += take_characters(1);
      }
    }
    return text;
  }

  void escape(std::string& text) {
    if (rest_.size() < 2) throw Malformed{};
    const char kind = rest_[1];
    rest_.remove_prefix(2);
    constexpr std::string_view kLetters = "btnfre\"\\";
    constexpr std::string_view kMeanings = "\b\t\n\f\r\x1b\"\\";
    if (const auto at = kLetters.find(kind); at != std::string_view::npos) {
      text += kMeanings[at];
    } else if (kind == 'u' || kind == 'U' || kind == 'x') {
      append_utf8(text, code_point(kind == 'u' ? 4 : kind == 'U' ? 8 : 2));
    } else if (kind == '\n' || kind == '\r' || kind == ' ' || kind == '\t') {
      rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    } else {
      throw Malformed{};
    }
  }

  unsigned long code_point(std::size_t digits) {
    const std::string hex = take_characters(digits);
    if (hex.size() != digits || hex.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
      throw Malformed{};
    }
    const unsigned long code = std::stoul(hex, nullptr, 16);
    if (code > 0x10FFFF) throw Malformed{};
    return code;
  }

  // ---- characters -----------------------------------------------------------------------------

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  void expect(std::string_view text) {
    skip_blank();
    if (!take(text)) throw Malformed{};
  }

  std::string take_characters(std::size_t count) {
    const std::string text(rest_.substr(0, count));
    rest_.remove_prefix(text.size());
    return text;
  }

  void skip_blank() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
  }

  /// Blanks, comments and line ends.
  void skip_lines() {
    while (true) {
      rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
      if (!rest_.starts_with("#")) return;
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
    }
  }

  void end_line() {
    skip_blank();
    if (rest_.starts_with("#")) rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
    take("\r");
    if (!rest_.empty() && !take("\n")) throw Malformed{};
  }

  std::string_view rest_;
};

}  // namespace

const TomlValue* TomlValue::find(std::string_view name) const {
  for (const auto& [key, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::optional<TomlValue> read_toml(std::string_view text) {
  try {
    return Reader(text).run();
  } catch (const Malformed&) {
    return std::nullopt;
  }
}

}  // namespace localfn::packages
