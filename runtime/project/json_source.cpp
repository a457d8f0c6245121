#include "runtime/project/json_source.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_map>

namespace localfn {
namespace {

constexpr std::size_t kDeepest = 200;
constexpr std::size_t kMostDuplicates = 50;

/// Builds the tree from the parser's events. The parser tells no places: `next_` walks over the
/// text in step with the events, so each token is found where the one before it ended.
class TreeBuilder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  TreeBuilder(const SourceText& source, ParsedJson& result)
      : source_(source), text_(source.text()), result_(result) {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") next_ = 3;
  }

  bool null() { return add(make(JsonValue::Kind::Null)); }
  bool boolean(bool value) {
    JsonValue made = make(JsonValue::Kind::Boolean);
    made.boolean = value;
    return add(std::move(made));
  }
  bool number_integer(number_integer_t value) { return add_integer(value); }
  bool number_unsigned(number_unsigned_t value) {
    if (value <= static_cast<number_unsigned_t>(INT64_MAX)) {
      return add_integer(static_cast<std::int64_t>(value));
    }
    return add_number(static_cast<double>(value));
  }
  bool number_float(number_float_t value, const string_t&) {
    constexpr double kExact = 9007199254740992.0;  // 2^53: above it no integer is meant
    if (value == std::floor(value) && std::fabs(value) <= kExact) {
      return add_integer(static_cast<std::int64_t>(value));
    }
    return add_number(value);
  }
  bool string(string_t& value) {
    JsonValue made = make(JsonValue::Kind::String);
    made.text = std::move(value);
    return add(std::move(made));
  }
  bool binary(binary_t&) { return false; }

  bool start_object(std::size_t) { return open(JsonValue::Kind::Object); }
  bool start_array(std::size_t) { return open(JsonValue::Kind::Array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(string_t& name) {
    key_offset_.back() = take_token();
    keys_.back() = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) {
    result_.problem = source_.problem_at(position == 0 ? 0 : position - 1,
                                         explain(position, error.what()));
    return false;
  }

 private:
  /// Where the next token starts; moves behind it.
  std::size_t take_token() {
    next_ = text_.find_first_not_of(" \t\r\n,:", next_);
    if (next_ == std::string_view::npos) next_ = text_.size();
    const std::size_t start = next_;
    if (start == text_.size()) return start;
    if (text_[start] == '"') {
      for (++next_; next_ < text_.size() && text_[next_] != '"'; ++next_) {
        if (text_[next_] == '\\') ++next_;
      }
      ++next_;
    } else if (std::string_view("{}[]").find(text_[start]) != std::string_view::npos) {
      ++next_;
    } else {
      next_ = text_.find_first_of(" \t\r\n,:{}[]\"", start);
    }
    next_ = std::min(next_, text_.size());
    return start;
  }

  JsonValue make(JsonValue::Kind kind) {
    JsonValue value;
    value.kind = kind;
    value.offset = take_token();
    value.end = next_;
    return value;
  }

  bool add_integer(std::int64_t number) {
    JsonValue value = make(JsonValue::Kind::Integer);
    value.integer = number;
    value.number = static_cast<double>(number);
    return add(std::move(value));
  }
  bool add_number(double number) {
    JsonValue value = make(JsonValue::Kind::Number);
    value.number = number;
    return add(std::move(value));
  }

  bool open(JsonValue::Kind kind) {
    open_.push_back(make(kind));
    keys_.emplace_back();
    key_offset_.push_back(0);
    known_.emplace_back();
    if (open_.size() <= kDeepest) return true;
    result_.problem = source_.problem_at(
        open_.back().offset, fmt::format("values are nested more than {} deep", kDeepest));
    return false;
  }

  bool close() {
    take_token();
    JsonValue value = std::move(open_.back());
    value.end = next_;
    open_.pop_back();
    keys_.pop_back();
    key_offset_.pop_back();
    known_.pop_back();
    return add(std::move(value));
  }

  bool add(JsonValue value) {
    if (open_.empty()) {
      result_.value = std::move(value);
      return true;
    }
    JsonValue& parent = open_.back();
    if (parent.is(JsonValue::Kind::Array)) {
      parent.items.push_back(std::move(value));
    } else {
      add_member(parent, {std::move(keys_.back()), key_offset_.back(), std::move(value)});
    }
    return true;
  }

  void add_member(JsonValue& parent, JsonMember member) {
    JsonMember* const before = find_member(parent, member.key);
    if (before == nullptr) {
      parent.members.push_back(std::move(member));
      return;
    }
    // Each line costs a walk over the text: a file of nothing but doubles must not take for ever.
    if (result_.duplicates.size() < kMostDuplicates) {
      result_.duplicates.push_back(fmt::format("{}: the key {} is given twice; the last one counts",
                                               source_.place(member.offset), in_quotes(member.key)));
    }
    *before = std::move(member);
  }

  /// A few members are compared one by one; a crowd is looked up.
  JsonMember* find_member(JsonValue& parent, const std::string& key) {
    constexpr std::size_t kFew = 32;
    std::unordered_map<std::string, std::size_t>& known = known_.back();
    std::vector<JsonMember>& members = parent.members;
    if (members.size() < kFew) {
      for (JsonMember& member : members) {
        if (member.key == key) return &member;
      }
      return nullptr;
    }
    for (std::size_t i = known.size(); i < members.size(); ++i) known.emplace(members[i].key, i);
    const auto found = known.find(key);
    return found == known.end() ? nullptr : &members[found->second];
  }

  std::string explain(std::size_t position, std::string_view what) const;

  const SourceText& source_;
  std::string_view text_;
  ParsedJson& result_;
  std::size_t next_ = 0;
  std::vector<JsonValue> open_;
  std::vector<std::string> keys_;
  std::vector<std::size_t> key_offset_;
  std::vector<std::unordered_map<std::string, std::size_t>> known_;  ///< of large objects
};

/// What is wrong in words, with the usual mistakes recognised.
std::string TreeBuilder::explain(std::size_t position, std::string_view what) const {
  if (text_.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return "the file is empty; write {} or delete it";
  }
  const std::size_t at = position == 0 ? 0 : position - 1;
  const std::string_view before = text_.substr(0, std::min(at, text_.size()));
  const std::size_t last = before.find_last_not_of(" \t\r\n");
  const char previous = last == std::string_view::npos ? '\0' : before[last];
  const char found = at < text_.size() ? text_[at] : '\0';
  if (previous == ',' && (found == '}' || found == ']')) {
    return "not JSON: a comma before the closing bracket; remove the comma";
  }
  if (found == '/' || found == '#' || (previous == '/' && (found == '/' || found == '*'))) {
    return "not JSON: comments are not allowed";
  }
  if (found == '\'') return "not JSON: strings stand in double quotes";
  if (at >= text_.size()) return "not JSON: the file ends too early; a bracket or quote is missing";
  // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while …"
  const std::size_t start = what.find("syntax error ");
  if (start != std::string_view::npos) what = what.substr(start + 13);
  what = what.substr(0, what.find("; last read"));
  return "not JSON: " + printable(what);
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  for (const JsonMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::string describe(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::Null: return "null";
    case JsonValue::Kind::Boolean: return value.boolean ? "true" : "false";
    case JsonValue::Kind::Integer: return fmt::format("{}", value.integer);
    case JsonValue::Kind::Number: return fmt::format("{}", value.number);
    case JsonValue::Kind::String: return in_quotes(value.text);
    case JsonValue::Kind::Array: return "an array";
    case JsonValue::Kind::Object: return "an object";
  }
  return "something else";
}

ParsedJson parse_json(const SourceText& source) {
  ParsedJson result;
  TreeBuilder builder(source, result);
  const std::string& text = source.text();
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  if (result.problem) result.value.reset();
  return result;
}

}  // namespace localfn
