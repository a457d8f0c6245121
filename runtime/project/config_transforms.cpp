#include <fmt/format.h>

#include <cctype>

#include "runtime/project/config_reading.h"

namespace localfn {
namespace {

using Kind = JsonValue::Kind;
using rules::TransformSpec;

TransformSpec::Type type_of(std::string_view name) {
  if (name == "request.query") return TransformSpec::Type::RequestQuery;
  if (name == "response.headers") return TransformSpec::Type::ResponseHeaders;
  if (name == "request.path") return TransformSpec::Type::RequestPath;
  return TransformSpec::Type::RequestHeaders;
}

TransformSpec::Operation operation_of(std::string_view name) {
  if (name == "append") return TransformSpec::Operation::Append;
  if (name == "delete") return TransformSpec::Operation::Delete;
  return TransformSpec::Operation::Set;
}

/// A token of HTTP, which is all that a header may be called.
bool is_header_name(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  for (const char c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && kMarks.find(c) == kMarks.npos) return false;
  }
  return !name.empty();
}

/// `$1` and `:name` in a name are filled in later: they count as one letter each.
bool may_become_header_name(std::string_view name) {
  std::string rest;
  for (const char c : name) rest += c == ':' || c == '{' || c == '}' ? 'x' : c;
  return is_header_name(rest);
}

void read_arguments(const JsonValue& item, TransformSpec& transform) {
  const JsonValue* const arguments = item.find("args");
  if (arguments == nullptr) return;
  if (arguments->is(Kind::String)) transform.arguments.push_back({arguments->text, arguments->offset});
  for (const JsonValue& argument : arguments->items) {
    transform.arguments.push_back({argument.text, argument.offset});
  }
}

void read_key(const JsonValue& item, TransformSpec& transform) {
  const JsonValue* const target = item.find("target");
  const JsonValue* const key = target == nullptr ? nullptr : target->find("key");
  if (key == nullptr) return;
  if (key->is(Kind::String)) transform.key = key->text;
  if (key->is(Kind::Object)) transform.key = read_operators(*key);
}

/// What the schema says with conditions, and what would fail when an answer leaves.
bool makes_sense(const TransformSpec& transform, const std::string& where, ConfigReading& reading) {
  const bool deletes = transform.operation == TransformSpec::Operation::Delete;
  if (!deletes && transform.arguments.empty()) {
    reading.refuse(transform.offset, where + " needs \"args\": what to set or append",
                   fmt::format("Error: [INVALID_VERCEL_CONFIG] Invalid vercel.json - `{}` missing "
                               "required property `.args`.", where));
    return false;
  }
  const bool of_headers = transform.type == TransformSpec::Type::RequestHeaders ||
                          transform.type == TransformSpec::Type::ResponseHeaders;
  const auto* const name = std::get_if<std::string>(&transform.key);
  if (of_headers && name != nullptr && !may_become_header_name(*name)) {
    reading.refuse(transform.offset,
                   fmt::format("{}.target.key must be a header's name, got {}", where,
                               in_quotes(*name)));
    return false;
  }
  return true;
}

}  // namespace

std::vector<TransformSpec> read_transforms(const JsonValue& rule, const std::string& where,
                                           ConfigReading& reading) {
  std::vector<TransformSpec> transforms;
  const JsonValue* const list = rule.find("transforms");
  if (list == nullptr) return transforms;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const JsonValue& item = list->items[i];
    TransformSpec transform;
    transform.offset = item.offset;
    transform.type = type_of(text_of(item, "type")->text);
    transform.operation = operation_of(text_of(item, "op")->text);
    read_key(item, transform);
    read_arguments(item, transform);
    if (const JsonValue* const env = item.find("env")) {
      for (const JsonValue& name : env->items) transform.env.push_back(name.text);
    }
    if (makes_sense(transform, fmt::format("{}.transforms[{}]", where, i), reading)) {
      transforms.push_back(std::move(transform));
    }
  }
  return transforms;
}

}  // namespace localfn
