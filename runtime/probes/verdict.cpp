#include "runtime/probes/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/ascii.h"
#include "runtime/probes/difference.h"
#include "runtime/project/text.h"

namespace localfn::probes {
namespace {

using nlohmann::json;

constexpr std::size_t kShown = 400;  // bytes of a body in a failure

std::string shortened(std::string_view text) {
  if (text.size() <= kShown) return std::string(text);
  return fmt::format("{}… ({} bytes)", text.substr(0, kShown), text.size());
}

std::vector<std::string> values_of(const Response& response, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& [key, value] : response.headers) {
    if (equal_ignoring_case(key, name)) values.push_back(value);
  }
  return values;
}

bool matches(const HeaderCheck& check, const std::string& value) {
  if (check.any_value) return true;
  switch (check.kind) {
    case HeaderCheck::Kind::Equal:
      return value == check.text;
    case HeaderCheck::Kind::Part:
      return value.find(check.text) != std::string::npos;
    case HeaderCheck::Kind::Matches: {
      patterns::Captures captures;
      return check.regex->match(value, captures) == patterns::MatchResult::Match;
    }
  }
  return false;
}

std::string in_words(const HeaderCheck& check) {
  if (check.any_value) return check.negated ? "no such header" : "a value";
  const std::string text =
      check.kind == HeaderCheck::Kind::Matches ? "/" + check.text + "/" : in_quotes(check.text);
  const char* const verb = check.kind == HeaderCheck::Kind::Part ? "a value with " : "";
  return (check.negated ? "not " : "") + (verb + text);
}

void check_header(const HeaderCheck& check, const Response& response,
                  std::vector<Failure>& failures) {
  const auto values = values_of(response, check.name);
  const bool found = std::any_of(values.begin(), values.end(),
                                 [&](const auto& value) { return matches(check, value); });
  if (found != check.negated) return;
  failures.push_back(
      {"header " + check.name, in_words(check),
       values.empty() ? "no such header" : in_quotes(fmt::format("{}", fmt::join(values, ", ")))});
}

std::string text_of(const json& value) {
  return shortened(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

/// A member's name as a JSON pointer has it.
std::string escaped(std::string_view key) {
  std::string text;
  for (const char c : key) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

/// Every member of an expected object and every item of an expected list must be there; what the
/// answer has beside members of objects does not matter.
class JsonComparison {
 public:
  explicit JsonComparison(std::vector<Failure>& failures) : failures_(failures) {}

  void compare(const json& expected, const json& got, const std::string& at) {
    if (expected.is_object() && got.is_object()) return members(expected, got, at);
    if (expected.is_array() && got.is_array()) return items(expected, got, at);
    if (expected != got) differ(at, text_of(expected), text_of(got));
  }

 private:
  void differ(const std::string& at, std::string expected, std::string got) {
    std::string diff = difference(expected, got);
    failures_.push_back({"json" + (at.empty() ? "" : " at " + at), std::move(expected),
                         std::move(got), std::move(diff)});
  }

  void members(const json& expected, const json& got, const std::string& at) {
    for (const auto& [key, value] : expected.items()) {
      const std::string below = at + "/" + escaped(key);
      if (got.contains(key)) {
        compare(value, got.at(key), below);
      } else {
        differ(below, text_of(value), "nothing");
      }
    }
  }

  void items(const json& expected, const json& got, const std::string& at) {
    const std::size_t both = std::min(expected.size(), got.size());
    for (std::size_t i = 0; i < both; ++i) {
      compare(expected[i], got[i], fmt::format("{}/{}", at, i));
    }
    if (expected.size() == got.size()) return;
    const std::string below = fmt::format("{}/{}", at, both);
    if (expected.size() > both) {
      differ(below, text_of(expected[both]), fmt::format("the end after {} items", both));
    } else {
      differ(below, fmt::format("the end after {} items", both), text_of(got[both]));
    }
  }

  std::vector<Failure>& failures_;
};

void check_json(const Probe& probe, const Response& response, std::vector<Failure>& failures) {
  const json got = json::parse(response.body, nullptr, false);
  if (got.is_discarded()) {
    failures.push_back({"json", "a body that is JSON", shortened(response.body)});
    return;
  }
  JsonComparison(failures).compare(json::parse(*probe.json), got, "");
}

void check_body(const Probe& probe, const Response& response, std::vector<Failure>& failures) {
  for (const std::string& text : probe.must_contain) {
    if (response.body.find(text) != std::string::npos) continue;
    failures.push_back({"body", "a text with " + in_quotes(text), shortened(response.body)});
  }
  for (const std::string& text : probe.must_not_contain) {
    if (response.body.find(text) == std::string::npos) continue;
    failures.push_back({"body", "no " + in_quotes(text) + " in it", shortened(response.body)});
  }
  if (probe.body_must_be && *probe.body_must_be != response.body) {
    failures.push_back({"body", shortened(*probe.body_must_be), shortened(response.body),
                        difference(*probe.body_must_be, response.body)});
  }
  if (probe.json) check_json(probe, response, failures);
}

/// The value of "sid=abc; Path=/" for the cookie sid.
std::optional<std::string> cookie(const Response& response, const std::string& name) {
  for (const std::string& line : values_of(response, "set-cookie")) {
    if (!line.starts_with(name + "=")) continue;
    const auto start = name.size() + 1;
    return line.substr(start, line.find(';', start) - start);
  }
  return std::nullopt;
}

std::optional<std::string> json_value(const Response& response, const std::string& pointer) {
  const json body = json::parse(response.body, nullptr, false);
  if (body.is_discarded()) return std::nullopt;
  try {
    const json& value = body.at(json::json_pointer(pointer));
    return value.is_string() ? value.get<std::string>() : value.dump();
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::optional<std::string> value_for(const Keep& keep, const Response& response) {
  switch (keep.source) {
    case Keep::Source::Json:
      return json_value(response, keep.key);
    case Keep::Source::Cookie:
      return cookie(response, keep.key);
    case Keep::Source::Header:
      break;
  }
  const auto values = values_of(response, keep.key);
  return values.empty() ? std::nullopt : std::optional(values.front());
}

void replace_names(std::string& text, const Values& values, std::vector<std::string>& missing) {
  for (auto at = text.find("${"); at != std::string::npos; at = text.find("${", at)) {
    const auto end = text.find('}', at);
    if (end == std::string::npos) return;
    if (at > 0 && text[at - 1] == '$') {
      text.erase(at - 1, 1);
      at = end - 1;
      continue;
    }
    const std::string name = text.substr(at + 2, end - at - 2);
    const auto found = values.find(name);
    if (found == values.end()) {
      missing.push_back(name);
      at = end;
      continue;
    }
    text.replace(at, end + 1 - at, found->second);
    at += found->second.size();
  }
}

}  // namespace

std::vector<Failure> check(const Probe& probe, const Response& response) {
  std::vector<Failure> failures;
  const bool as_asked = probe.status ? response.status == *probe.status : response.status < 500;
  if (!as_asked) {
    failures.push_back({"status",
                        probe.status ? std::to_string(*probe.status) : "anything below 500",
                        std::to_string(response.status)});
  }
  if (response.cut) failures.push_back({"answer", "a whole one", "one that was cut short"});
  for (const HeaderCheck& each : probe.response_headers) check_header(each, response, failures);
  check_body(probe, response, failures);
  return failures;
}

std::vector<Failure> keep_values(const Probe& probe, const Response& response, Values& values) {
  std::vector<Failure> failures;
  for (const Keep& keep : probe.keeps) {
    if (auto value = value_for(keep, response)) {
      values[keep.name] = std::move(*value);
    } else {
      failures.push_back({"keep " + keep.name, "a value at " + in_quotes(keep.key), "nothing"});
    }
  }
  return failures;
}

Probe with_values(const Probe& probe, const Values& values, std::vector<std::string>& missing) {
  Probe result = probe;
  replace_names(result.path, values, missing);
  replace_names(result.body, values, missing);
  for (auto* pairs : {&result.headers, &result.cookies}) {
    for (auto& [name, value] : *pairs) replace_names(value, values, missing);
  }
  return result;
}

}  // namespace localfn::probes
