#include "runtime/project/schema.h"

#include <fmt/format.h>

#include <cctype>

namespace localfn::schema {
namespace {

using Kind = JsonValue::Kind;

constexpr std::size_t kMostFindings = 1000;
/// The edit distance costs the product of both lengths; no typing error is longer.
constexpr std::size_t kLongestTypo = 40;

bool is_identifier(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  for (const char c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '$') return false;
  }
  return true;
}

/// Characters as the validator counts them: one for each code point.
std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

bool has_type(const JsonValue& value, Type type) {
  switch (type) {
    case Type::Any: return true;
    case Type::Boolean: return value.is(Kind::Boolean);
    case Type::Integer: return value.is(Kind::Integer);
    case Type::Number: return value.is(Kind::Integer) || value.is(Kind::Number);
    case Type::String: return value.is(Kind::String);
    case Type::Array: return value.is(Kind::Array);
    case Type::Object: return value.is(Kind::Object);
  }
  return false;
}

std::string_view type_name(Type type) {
  constexpr std::string_view kNames[] = {"anything", "boolean", "integer", "number",
                                         "string",   "array",   "object"};
  return kNames[static_cast<std::size_t>(type)];
}

std::string_view with_article(Type type) {
  constexpr std::string_view kNames[] = {"anything", "true or false", "an integer", "a number",
                                         "a string", "an array",      "an object"};
  return kNames[static_cast<std::size_t>(type)];
}

/// `"a", "b" or "c"`.
std::string listed(std::span<const std::string_view> texts) {
  std::string line;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) line += i + 1 == texts.size() ? " or " : ", ";
    line += in_quotes(texts[i]);
  }
  return line;
}

/// What is accepted, for "must be …".
std::string wanted_by(const Shape& shape) {
  if (!shape.wanted.empty()) return std::string(shape.wanted);
  if (!shape.allowed.empty()) return listed(shape.allowed);
  const std::string_view name = with_article(shape.type);
  const bool number = shape.type == Type::Integer || shape.type == Type::Number;
  if (number && shape.least > -kNoBound) {
    return shape.most < kNoBound ? fmt::format("{} {}..{}", name, shape.least, shape.most)
                                 : fmt::format("{} from {}", name, shape.least);
  }
  if (shape.starts_with_slash) return "a string that starts with a slash";
  return std::string(name);
}

/// "rewrites[0].source " before a verb; nothing for the file itself, whose name stands there anyway.
std::string subject(const Place& place) {
  const std::string text = place.text();
  return text.empty() ? text : text + " ";
}

class Walk {
 public:
  explicit Walk(std::vector<Finding>& findings) : findings_(findings) {}

  void value(const Shape& shape, const JsonValue& value, const Place& place) {
    if (shape.choose != nullptr) return alternatives(shape, value, place);
    if (!has_type(value, shape.type)) {
      return refuse(shape, value, place, fmt::format("should be {}.", type_name(shape.type)));
    }
    switch (value.kind) {
      case Kind::Integer:
      case Kind::Number: return number(shape, value, place);
      case Kind::String: return string(shape, value, place);
      case Kind::Array: return array(shape, value, place);
      case Kind::Object: return object(shape, value, place);
      default: return;
    }
  }

 private:
  void add(std::size_t offset, std::string message, const Place& place, std::string_view text) {
    if (findings_.size() >= kMostFindings) return;
    const std::string where = place.text('\'');
    findings_.push_back({offset, std::move(message),
                         where.empty() ? std::string(text) : fmt::format("`{}` {}", where, text)});
  }

  void refuse(const Shape& shape, const JsonValue& value, const Place& place,
              std::string_view text) {
    add(value.offset,
        fmt::format("{}must be {}, got {}", subject(place), wanted_by(shape), describe(value)), place,
        text);
  }

  void alternatives(const Shape& shape, const JsonValue& value, const Place& place);
  void number(const Shape& shape, const JsonValue& value, const Place& place);
  void string(const Shape& shape, const JsonValue& value, const Place& place);
  void array(const Shape& shape, const JsonValue& value, const Place& place);
  void object(const Shape& shape, const JsonValue& value, const Place& place);
  void count(const Shape& shape, const JsonValue& value, std::size_t size, const Place& place,
             std::string_view of);
  void entry(const Shape& shape, const JsonMember& member, const Place& place);
  std::string_view unknown(const Shape& shape, const JsonMember& member, const Place& place);
  void missing(const JsonValue& value, const Place& place, std::string_view names,
               std::string_view theirs);

  std::vector<Finding>& findings_;
};

void Walk::alternatives(const Shape& shape, const JsonValue& value, const Place& place) {
  const Shape* const meant = shape.choose(value);
  const std::size_t before = findings_.size();
  this->value(*meant, value, place);
  if (findings_.size() == before || meant == shape.first) return;
  // The validator reports the first error of its first alternative, however far that one is from
  // what was meant.
  std::vector<Finding> theirs;
  Walk(theirs).value(*shape.first, value, place);
  if (theirs.empty()) return;
  for (std::size_t i = before; i < findings_.size(); ++i) {
    findings_[i].platform = theirs.front().platform;
  }
}

void Walk::number(const Shape& shape, const JsonValue& value, const Place& place) {
  if (value.number < shape.least) {
    refuse(shape, value, place, fmt::format("should be >= {}.", shape.least));
  } else if (value.number > shape.most) {
    refuse(shape, value, place, fmt::format("should be <= {}.", shape.most));
  }
}

void Walk::string(const Shape& shape, const JsonValue& value, const Place& place) {
  for (const std::string_view text : shape.allowed) {
    if (text == value.text) return;
  }
  if (!shape.allowed.empty()) {
    const bool choice = shape.allowed.size() > 1 && value.text.size() <= kLongestTypo;
    const std::string meant = choice ? nearest(value.text, shape.allowed) : std::string();
    return add(value.offset,
               fmt::format("{} must be {}, got {}{}", place.text(), wanted_by(shape),
                           describe(value),
                           meant.empty() ? "" : "; did you mean " + in_quotes(meant) + "?"),
               place, "should be equal to one of the allowed values.");
  }
  count(shape, value, character_count(value.text), place, "characters");
  if (shape.starts_with_slash && value.text.substr(0, 1) != "/") {
    refuse(shape, value, place, "should match pattern \"^/.*\".");
  }
}

void Walk::array(const Shape& shape, const JsonValue& value, const Place& place) {
  count(shape, value, value.items.size(), place, "items");
  if (shape.items == nullptr) return;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    this->value(*shape.items, value.items[i], place.item(i));
  }
}

/// Bounds of strings, arrays and objects.
void Walk::count(const Shape& shape, const JsonValue& value, std::size_t size, const Place& place,
                 std::string_view of) {
  const bool is_text = value.is(Kind::String);
  const std::string_view verb = is_text ? "be" : "have";
  if (size < shape.shortest) {
    add(value.offset,
        size == 0 ? fmt::format("{} is empty, at least {} {} are needed", place.text(),
                                shape.shortest, of)
                  : fmt::format("{} has {} {}, at least {} are needed", place.text(), size, of,
                                shape.shortest),
        place, fmt::format("should NOT {} {} than {} {}.", verb, is_text ? "shorter" : "fewer",
                           shape.shortest, of));
  } else if (size > shape.longest) {
    add(value.offset,
        fmt::format("{} has {} {}, at most {} are accepted", place.text(), size, of, shape.longest),
        place, fmt::format("should NOT {} {} than {} {}.", verb, is_text ? "longer" : "more",
                           shape.longest, of));
  }
}

/// The order is the validator's: other members first, then each property in turn.
void Walk::object(const Shape& shape, const JsonValue& value, const Place& place) {
  count(shape, value, value.members.size(), place, "properties");
  std::vector<std::string> meant;  // by the names that are not known
  for (const JsonMember& member : value.members) {
    bool known = shape.open && shape.entries == nullptr;
    for (const Property& property : shape.properties) known = known || property.name == member.key;
    if (known) continue;
    if (shape.entries != nullptr) {
      entry(shape, member, place);
    } else {
      meant.emplace_back(unknown(shape, member, place));
    }
  }
  const auto is_meant = [&](std::string_view name) {
    for (const std::string& other : meant) {
      if (other == name) return true;
    }
    return false;
  };
  for (const Property& property : shape.properties) {
    const JsonValue* const found = value.find(property.name);
    if (found != nullptr) {
      if (property.shape != nullptr) this->value(*property.shape, *found, place.member(property.name));
    } else if (property.required && !is_meant(property.name)) {
      missing(value, place, in_quotes(property.name), property.name);
    }
  }
  bool any = shape.one_of.empty();
  for (const std::string_view name : shape.one_of) {
    any = any || value.find(name) != nullptr || is_meant(name);
  }
  // The dot is the validator's own slip where the name is not among the required ones.
  if (!any) missing(value, place, listed(shape.one_of), "." + std::string(shape.one_of.front()));
}

void Walk::missing(const JsonValue& value, const Place& place, std::string_view names,
                   std::string_view theirs) {
  const std::string where = place.text();
  add(value.offset,
      where.empty() ? fmt::format("{} is missing", names) : fmt::format("{} needs {}", where, names),
      place, fmt::format("missing required property `{}`.", theirs));
}

void Walk::entry(const Shape& shape, const JsonMember& member, const Place& place) {
  constexpr std::size_t kLongestName = 256;
  const std::size_t size = character_count(member.key);
  if (size >= 1 && size <= kLongestName) {
    return value(*shape.entries, member.value, place.member(member.key));
  }
  add(member.offset,
      fmt::format("a name in {} has 1..{} characters, this one has {}", place.text(), kLongestName,
                  size),
      place, fmt::format("should NOT have additional property `{}`. Please remove it.",
                         printable(member.key)));
}

/// Reports the member and returns the name that was probably meant; empty when nobody can tell.
std::string_view Walk::unknown(const Shape& shape, const JsonMember& member, const Place& place) {
  std::string_view meant;
  bool platform_says = false;
  for (const Alias& alias : shape.aliases) {
    if (alias.written != member.key) continue;
    meant = alias.meant;
    platform_says = alias.platform_says;
  }
  std::vector<std::string_view> names;
  for (const Property& property : shape.properties) names.push_back(property.name);
  if (meant.empty() && member.key.size() <= kLongestTypo) {
    const std::string near = nearest(member.key, names);
    for (const std::string_view name : names) meant = name == near ? name : meant;
  }
  std::string accepted;
  for (const std::string_view name : names) {
    accepted += (accepted.empty() ? "" : ", ") + std::string(name);
  }
  add(member.offset,
      fmt::format("{}{}{} is not known; {}", place.text(), place.parent == nullptr ? "" : ".",
                  printable(member.key),
                  meant.empty() ? "remove it (accepted: " + accepted + ")"
                                : "did you mean " + in_quotes(meant) + "?"),
      place,
      fmt::format("should NOT have additional property `{}`. {}", printable(member.key),
                  platform_says ? fmt::format("Did you mean `{}`?", meant) : "Please remove it."));
  return meant;
}

}  // namespace

std::string Place::text(char quote) const {
  if (parent == nullptr) return {};
  std::string before = parent->text(quote);
  if (is_item) return before + fmt::format("[{}]", index);
  if (!is_identifier(key)) return before + fmt::format("[{0}{1}{0}]", quote, printable(key));
  return before + (before.empty() ? "" : ".") + std::string(key);
}

void check(const Shape& shape, const JsonValue& value, const Place& place,
           std::vector<Finding>& findings) {
  Walk(findings).value(shape, value, place);
}

}  // namespace localfn::schema
