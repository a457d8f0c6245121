#include "runtime/probes/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/patterns/pattern_error.h"
#include "runtime/project/json_source.h"

namespace localfn::probes {
namespace {

using Kind = JsonValue::Kind;

constexpr std::array<std::string_view, 18> kKeys = {
    "name",  "path",    "method",      "headers",         "cookies",
    "body",  "status",  "mustContain", "mustNotContain",  "bodyMustBe",
    "json",  "keep",    "maxMs",       "responseHeaders", "notResponseHeaders",
    "delay", "retries", "retryDelay"};

constexpr std::int64_t kLongest = 600'000;  // milliseconds
constexpr std::int64_t kMostRetries = 100;

/// {"delay": 500} by itself: a pause between two probes.
bool is_pause(const JsonValue& value) {
  return value.is(Kind::Object) && value.members.size() == 1 && value.members[0].key == "delay";
}

bool has_header(const Probe& probe, std::string_view name) {
  return std::any_of(probe.headers.begin(), probe.headers.end(),
                     [&](const auto& header) { return equal_ignoring_case(header.first, name); });
}

/// Reads one probe; what is wrong is added to the problems.
class Reading {
 public:
  Reading(const SourceText& source, std::vector<Diagnostic>& problems)
      : source_(source), problems_(problems), known_(problems.size()) {}

  Probe run(const JsonValue& value) {
    Probe probe;
    probe.file = source_.name();
    probe.line = source_.problem_at(value.offset, "").line;
    if (!value.is(Kind::Object)) {
      refuse(value, "a probe must be an object");
      return probe;
    }
    for (const JsonMember& member : value.members) read(member, probe);
    // Not in body(): the headers may stand behind it.
    if (sends_json_ && !has_header(probe, "content-type")) {
      probe.headers.emplace_back("Content-Type", "application/json");
    }
    if (value.find("path") == nullptr && !is_pause(value))
      refuse_at(value.offset, "a probe needs a path");
    if (probe.name.empty()) probe.name = probe.method + " " + probe.path;
    return probe;
  }

  bool failed() const { return problems_.size() > known_; }

 private:
  void refuse_at(std::size_t offset, std::string message) {
    problems_.push_back(source_.problem_at(offset, std::move(message)));
  }
  void refuse(const JsonValue& value, std::string_view expected) {
    refuse_at(value.offset, fmt::format("{}, got {}", expected, describe(value)));
  }

  void read(const JsonMember& member, Probe& probe) {
    using Reader = void (Reading::*)(const JsonMember&, Probe&);
    static constexpr std::pair<std::string_view, Reader> kReaders[] = {
        {"name", &Reading::request_text},
        {"path", &Reading::request_text},
        {"method", &Reading::request_text},
        {"headers", &Reading::pairs},
        {"cookies", &Reading::pairs},
        {"body", &Reading::body},
        {"status", &Reading::number},
        {"delay", &Reading::number},
        {"retries", &Reading::number},
        {"retryDelay", &Reading::number},
        {"maxMs", &Reading::number},
        {"mustContain", &Reading::texts},
        {"mustNotContain", &Reading::texts},
        {"bodyMustBe", &Reading::whole_body},
        {"json", &Reading::json},
        {"responseHeaders", &Reading::header_checks},
        {"notResponseHeaders", &Reading::header_checks},
        {"keep", &Reading::keeps}};
    for (const auto& [key, reader] : kReaders) {
      if (key == member.key) return (this->*reader)(member, probe);
    }
    const std::string meant = nearest(member.key, kKeys);
    refuse_at(member.offset,
              fmt::format("a probe has no key {}{}", in_quotes(member.key),
                          meant.empty() ? "" : "; did you mean " + in_quotes(meant) + "?"));
  }

  void request_text(const JsonMember& member, Probe& probe) {
    if (!member.value.is(Kind::String) || member.value.text.empty()) {
      return refuse(member.value, member.key + " must be a text that is not empty");
    }
    const std::string& text = member.value.text;
    if (member.key == "name") probe.name = text;
    if (member.key == "method") probe.method = text;
    if (member.key != "path") return;
    if (text[0] != '/') return refuse(member.value, "path must begin with /");
    probe.path = text;
  }

  void pairs(const JsonMember& member, Probe& probe) {
    if (!member.value.is(Kind::Object))
      return refuse(member.value, member.key + " must be an object");
    for (const JsonMember& each : member.value.members) {
      if (!each.value.is(Kind::String)) {
        refuse(each.value, each.key + " must be a text");
        continue;
      }
      (member.key == "headers" ? probe.headers : probe.cookies)
          .emplace_back(each.key, each.value.text);
    }
  }

  std::string written(const JsonValue& value) const {
    return source_.text().substr(value.offset, value.end - value.offset);
  }

  // A text is sent as it is, anything else as JSON.
  void body(const JsonMember& member, Probe& probe) {
    if (member.value.is(Kind::String)) {
      probe.body = member.value.text;
      return;
    }
    probe.body = written(member.value);
    sends_json_ = true;
  }

  void number(const JsonMember& member, Probe& probe) {
    const JsonValue& value = member.value;
    const bool is_status = member.key == "status";
    const std::int64_t least = is_status ? 100 : 0;
    const std::int64_t most = is_status ? 999 : member.key == "retries" ? kMostRetries : kLongest;
    if (!value.is(Kind::Integer) || value.integer < least || value.integer > most) {
      return refuse(
          value, fmt::format("{} must be a whole number from {} to {}", member.key, least, most));
    }
    if (is_status) probe.status = static_cast<int>(value.integer);
    if (member.key == "retries") probe.retries = static_cast<int>(value.integer);
    if (member.key == "delay") probe.delay = milliseconds(value.integer);
    if (member.key == "retryDelay") probe.retry_delay = milliseconds(value.integer);
    if (member.key == "maxMs") probe.limit = milliseconds(value.integer);
  }

  /// A text or a list of texts.
  std::vector<std::string> text_list(const JsonMember& member) {
    std::vector<std::string> texts;
    const bool is_list = member.value.is(Kind::Array);
    const auto& items = is_list ? member.value.items : std::vector<JsonValue>{member.value};
    for (const JsonValue& item : items) {
      if (item.is(Kind::String)) {
        texts.push_back(item.text);
      } else {
        refuse(item, member.key + " must be a text or a list of texts");
      }
    }
    return texts;
  }

  void texts(const JsonMember& member, Probe& probe) {
    (member.key == "mustContain" ? probe.must_contain : probe.must_not_contain) = text_list(member);
  }

  void whole_body(const JsonMember& member, Probe& probe) {
    if (!member.value.is(Kind::String)) return refuse(member.value, "bodyMustBe must be a text");
    probe.body_must_be = member.value.text;
  }

  void json(const JsonMember& member, Probe& probe) { probe.json = written(member.value); }

  void header_checks(const JsonMember& member, Probe& probe) {
    if (!member.value.is(Kind::Object))
      return refuse(member.value, member.key + " must be an object");
    for (const JsonMember& each : member.value.members) {
      HeaderCheck check;
      check.name = each.key;
      check.negated = member.key == "notResponseHeaders";
      if (each.value.is(Kind::Boolean) || each.value.is(Kind::Null)) {
        // true: there, whatever its value; null and false: not there.
        check.any_value = true;
        const bool there = each.value.is(Kind::Boolean) && each.value.boolean;
        check.negated = there == check.negated;
        probe.response_headers.push_back(std::move(check));
        continue;
      }
      if (each.value.is(Kind::Array)) check.kind = HeaderCheck::Kind::Part;
      for (std::string& text : text_list(each)) {
        check.text = std::move(text);
        compile(each.value, check);
        probe.response_headers.push_back(check);
      }
    }
  }

  void compile(const JsonValue& value, HeaderCheck& check) {
    if (check.text.size() < 2 || check.text.front() != '/' || check.text.back() != '/') return;
    check.kind = HeaderCheck::Kind::Matches;
    check.text = check.text.substr(1, check.text.size() - 2);
    try {
      check.regex = std::make_shared<patterns::Regex>(patterns::Regex::compile(check.text));
    } catch (const patterns::PatternError& error) {
      refuse_at(value.offset,
                fmt::format("/{}/ is no regular expression: {}", check.text, error.what()));
    }
  }

  void keeps(const JsonMember& member, Probe& probe) {
    if (!member.value.is(Kind::Object)) return refuse(member.value, "keep must be an object");
    for (const JsonMember& each : member.value.members) {
      const std::string text = each.value.is(Kind::String) ? each.value.text : "";
      const auto colon = text.find(':');
      const std::string source = text.substr(0, colon);
      Keep keep{each.key, Keep::Source::Json,
                colon == std::string::npos ? "" : text.substr(colon + 1)};
      if (source == "header") keep.source = Keep::Source::Header;
      if (source == "cookie") keep.source = Keep::Source::Cookie;
      const bool known = source == "json" || keep.source != Keep::Source::Json;
      const bool pointer =
          keep.source != Keep::Source::Json || keep.key.empty() || keep.key[0] == '/';
      if (!known || colon == std::string::npos || !pointer) {
        refuse(each.value, "what is kept is \"json:/pointer\", \"header:NAME\" or \"cookie:NAME\"");
        continue;
      }
      probe.keeps.push_back(std::move(keep));
    }
  }

  const SourceText& source_;
  std::vector<Diagnostic>& problems_;
  const std::size_t known_;
  bool sends_json_ = false;
};

}  // namespace

std::vector<std::string_view> probe_keys() { return {kKeys.begin(), kKeys.end()}; }

Probes read_probes(const SourceText& source) {
  Probes result;
  const ParsedJson parsed = parse_json(source);
  if (!parsed.value) {
    result.problems.push_back(*parsed.problem);
    return result;
  }
  const JsonValue* const list =
      parsed.value->is(Kind::Array) ? &*parsed.value : parsed.value->find("probes");
  if (list == nullptr) return result;
  result.present = true;
  if (!list->is(Kind::Array)) {
    result.problems.push_back(
        source.problem_at(list->offset, "probes must be a list, got " + describe(*list)));
    return result;
  }
  milliseconds pause{0};
  for (const JsonValue& item : list->items) {
    Reading reading(source, result.problems);
    Probe probe = reading.run(item);
    if (reading.failed()) continue;
    if (is_pause(item)) {
      pause += probe.delay;
      continue;
    }
    probe.pause = std::exchange(pause, milliseconds(0));
    result.probes.push_back(std::move(probe));
  }
  return result;
}

}  // namespace localfn::probes
