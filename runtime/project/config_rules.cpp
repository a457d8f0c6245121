// Redirects, rewrites and headers of vercel.json.
#include <fmt/format.h>

#include "runtime/project/config_reading.h"

namespace localfn {
namespace {

using Kind = JsonValue::Kind;
using rules::RuleKind;
using rules::RuleSpec;

std::optional<int> integer_of(const JsonValue& object, std::string_view key) {
  const JsonValue* const value = object.find(key);
  if (value == nullptr || !value->is(Kind::Integer)) return std::nullopt;
  return static_cast<int>(value->integer);
}

/// What all three kinds have.
RuleSpec read_common(const ConfigReading::Item& item, RuleKind kind) {
  RuleSpec rule;
  rule.kind = kind;
  rule.index = item.index;
  rule.offset = item.value->offset;
  rule.source = text_of(*item.value, "source").value_or(rules::Text{});
  rule.destination = text_of(*item.value, "destination");
  rule.status = integer_of(*item.value, "statusCode");
  rule.has = read_conditions(*item.value, "has");
  rule.missing = read_conditions(*item.value, "missing");
  return rule;
}

/// `permanent` is 308 or 307; without it and a status it is 308 too.
int status_of(const JsonValue& redirect, std::optional<int> status) {
  constexpr int kTemporary = 307, kPermanent = 308;
  const bool says = redirect.find("permanent") != nullptr;
  if (says) return is_true(redirect, "permanent") ? kPermanent : kTemporary;
  return status.value_or(kPermanent);
}

}  // namespace

void read_redirects(ConfigReading& reading) {
  for (const ConfigReading::Item& item : reading.items_of("redirects")) {
    const JsonValue* const status = item.value->find("statusCode");
    if (status != nullptr && item.value->find("permanent") != nullptr) {
      reading.refuse(status->offset,
                     fmt::format("redirects[{}] has permanent and statusCode; keep one of them",
                                 item.index),
                     fmt::format("Error: [invalid_redirect] Redirect at index {} cannot define both "
                                 "`permanent` and `statusCode` properties.", item.index));
      continue;
    }
    RuleSpec rule = read_common(item, RuleKind::Redirect);
    rule.status = status_of(*item.value, rule.status);
    reading.config.routing.redirects.push_back(std::move(rule));
  }
}

void read_rewrites(ConfigReading& reading) {
  for (const ConfigReading::Item& item : reading.items_of("rewrites")) {
    const JsonValue* const destination = item.value->find("destination");
    if (destination->is(Kind::Object)) {
      reading.warn(destination->offset,
                   fmt::format("rewrites[{}] is left out: its destination is a service, and localfn "
                               "runs none", item.index));
      continue;
    }
    RuleSpec rule = read_common(item, RuleKind::Rewrite);
    rule.check = true;
    rule.transforms =
        read_transforms(*item.value, fmt::format("rewrites[{}]", item.index), reading);
    reading.config.routing.rewrites.push_back(std::move(rule));
  }
}

void read_header_rules(ConfigReading& reading) {
  for (const ConfigReading::Item& item : reading.items_of("headers")) {
    RuleSpec rule = read_common(item, RuleKind::Headers);
    rule.continues = true;
    for (const JsonValue& header : item.value->find("headers")->items) {
      rule.headers.push_back({*text_of(header, "key"), *text_of(header, "value")});
    }
    reading.config.routing.headers.push_back(std::move(rule));
  }
}

}  // namespace localfn
