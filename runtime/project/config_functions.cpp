// The `functions` section of vercel.json: what its schema cannot say, and the limits it sets.
#include <fmt/format.h>

#include <cctype>

#include "runtime/project/config_reading.h"

namespace localfn {
namespace {

using Kind = JsonValue::Kind;

/// The plan's ceiling, which "max" stands for on the platform's default plan.
constexpr int kMaxDurationOfPlan = 800;

bool is_digits(std::string_view text) {
  for (const char c : text) {
    if (!std::isdigit(static_cast<unsigned char>(c))) return false;
  }
  return !text.empty();
}

/// "1.2.3", with an optional "v" before and "-pre" or "+build" after it.
bool is_version(std::string_view text) {
  if (!text.empty() && (text[0] == 'v' || text[0] == '=')) text.remove_prefix(1);
  text = text.substr(0, text.find_first_of("-+"));
  for (int part = 0; part < 2; ++part) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || !is_digits(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return is_digits(text);
}

void check_runtime(const JsonMember& member, ConfigReading& reading) {
  const JsonValue* const value = member.value.find("runtime");
  if (value == nullptr) return;
  const std::size_t at = value->text.rfind('@');
  const std::string_view tag =
      std::string_view(value->text).substr(at == std::string::npos ? 0 : at + 1);
  if (!is_version(tag)) {
    return reading.refuse(
        value->offset,
        fmt::format("functions[{}].runtime must be a package with a version, such as "
                    "\"@vercel/python@4.3.0\", got {}; for the platform's own Python leave it out",
                    in_quotes(member.key), in_quotes(value->text)),
        "Error: [invalid_function_runtime] Function Runtimes must have a valid version, for example "
        "`now-php@1.0.0`.");
  }
  if (value->text.find("/python@") == std::string::npos) {
    reading.warn(value->offset, fmt::format("the runtime {} is not run here; only Python is",
                                            in_quotes(value->text)));
  }
}

/// What no function can be: an entry of nothing, a path that starts at the root.
bool check_entry(const JsonMember& member, ConfigReading& reading) {
  if (member.value.members.empty()) {
    reading.refuse(member.value.offset,
                   fmt::format("functions[{}] sets nothing; set maxDuration or remove it",
                               in_quotes(member.key)),
                   "Error: [invalid_function] Function must contain at least one property.");
  }
  if (member.key.empty() || member.key[0] != '/') return true;
  reading.refuse(
      member.offset,
      fmt::format("functions[{}]: the path is relative to the project; remove the leading slash",
                  in_quotes(member.key)),
      fmt::format("Error: [invalid_function_source] The function path \"{}\" is invalid. The path "
                  "must be relative to your project root and therefore cannot start with a slash.",
                  printable(member.key)));
  return false;
}

Config::FunctionSettings read_limits(const JsonMember& member) {
  Config::FunctionSettings settings{member.key, member.offset, std::nullopt, std::nullopt};
  if (const JsonValue* const seconds = member.value.find("maxDuration")) {
    settings.max_duration =
        seconds->is(Kind::String) ? kMaxDurationOfPlan : static_cast<int>(seconds->integer);
  }
  const JsonValue* const memory = member.value.find("memory");
  if (memory != nullptr && (memory->is(Kind::Integer) || memory->is(Kind::Number))) {
    settings.memory = static_cast<int>(memory->number);
  }
  const JsonValue* const runtime = member.value.find("runtime");
  if (runtime != nullptr) settings.runtime = runtime->text;
  if (const auto excluded = text_of(member.value, "excludeFiles")) {
    settings.excluded = excluded->text;
  }
  return settings;
}

}  // namespace

void read_functions(ConfigReading& reading) {
  const JsonValue* const section = reading.root.find("functions");
  if (section == nullptr || !section->is(Kind::Object)) return;
  for (const JsonMember& member : section->members) {
    if (!member.value.is(Kind::Object) || !check_entry(member, reading)) continue;
    if (!reading.is_sound(member.value)) continue;
    check_runtime(member, reading);
    reading.config.functions.push_back(read_limits(member));
  }
}

}  // namespace localfn
