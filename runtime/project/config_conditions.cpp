#include "runtime/project/config_reading.h"

namespace localfn {
namespace {

using Kind = JsonValue::Kind;

std::optional<std::string> string_in(const JsonValue& object, std::string_view key) {
  auto text = text_of(object, key);
  return text ? std::optional(std::move(text->text)) : std::nullopt;
}

std::optional<double> number_in(const JsonValue& object, std::string_view key) {
  const JsonValue* const value = object.find(key);
  if (value == nullptr) return std::nullopt;
  return value->number;
}

std::optional<std::vector<std::string>> strings_in(const JsonValue& object, std::string_view key) {
  const JsonValue* const list = object.find(key);
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> strings;
  for (const JsonValue& item : list->items) strings.push_back(item.text);
  return strings;
}

patterns::ConditionType type_of(const JsonValue& item) {
  const std::string type = string_in(item, "type").value_or("");
  if (type == "cookie") return patterns::ConditionType::Cookie;
  if (type == "query") return patterns::ConditionType::Query;
  if (type == "host") return patterns::ConditionType::Host;
  return patterns::ConditionType::Header;
}

rules::ConditionAt read_condition(const JsonValue& item) {
  rules::ConditionAt condition;
  condition.offset = condition.value_offset = item.offset;
  condition.spec.type = type_of(item);
  condition.spec.key = string_in(item, "key").value_or("");
  const JsonValue* const value = item.find("value");
  if (value == nullptr) return condition;
  condition.value_offset = value->offset;
  if (value->is(Kind::String)) condition.spec.value = value->text;
  if (value->is(Kind::Object)) condition.spec.value = read_operators(*value);
  return condition;
}

}  // namespace

patterns::ConditionOperators read_operators(const JsonValue& value) {
  patterns::ConditionOperators operators;
  if (const JsonValue* const eq = value.find("eq")) {
    if (eq->is(Kind::String)) {
      operators.eq = eq->text;
    } else {
      operators.eq = eq->number;
    }
  }
  operators.neq = string_in(value, "neq");
  operators.inc = strings_in(value, "inc");
  operators.ninc = strings_in(value, "ninc");
  operators.pre = string_in(value, "pre");
  operators.suf = string_in(value, "suf");
  operators.re = string_in(value, "re");
  operators.gt = number_in(value, "gt");
  operators.gte = number_in(value, "gte");
  operators.lt = number_in(value, "lt");
  operators.lte = number_in(value, "lte");
  return operators;
}

std::vector<rules::ConditionAt> read_conditions(const JsonValue& rule, std::string_view key) {
  std::vector<rules::ConditionAt> conditions;
  const JsonValue* const list = rule.find(key);
  if (list == nullptr) return conditions;
  for (const JsonValue& item : list->items) conditions.push_back(read_condition(item));
  return conditions;
}

}  // namespace localfn
