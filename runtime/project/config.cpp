#include "runtime/project/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "runtime/project/config_reading.h"
#include "runtime/project/config_schema.h"
#include "runtime/project/glob.h"

namespace localfn {
namespace {

using Kind = JsonValue::Kind;

/// More than anyone reads; each costs a walk over the text.
constexpr std::size_t kMostErrors = 50;

void check_schema(ConfigReading& reading) {
  schema::check(kVercelJson, reading.root, {}, reading.findings);
  for (schema::Finding& finding : reading.findings) {
    finding.platform = "Error: [INVALID_VERCEL_CONFIG] Invalid vercel.json - " + finding.platform;
    reading.unsound.push_back(finding.offset);
  }
  std::sort(reading.unsound.begin(), reading.unsound.end());
}

void check_version(ConfigReading& reading) {
  const JsonValue* const value = reading.root.find("version");
  if (value == nullptr || !value->is(Kind::Integer) || value->integer != 1) return;
  reading.refuse(value->offset, "version 1 projects are not supported; write 2 or leave it out",
                 "Error: [DEV_UNSUPPORTED_CONFIG_VERSION] Cannot run `version: 1` projects");
}

/// From the top of the file to its end.
void report(ConfigReading& reading) {
  std::stable_sort(reading.findings.begin(), reading.findings.end(),
                   [](const auto& a, const auto& b) { return a.offset < b.offset; });
  Config& config = reading.config;
  const std::size_t shown = std::min(reading.findings.size(), kMostErrors);
  for (std::size_t i = 0; i < shown; ++i) {
    schema::Finding& finding = reading.findings[i];
    config.errors.push_back(config.source.problem_at(finding.offset, std::move(finding.message),
                                                     std::move(finding.platform)));
  }
  if (reading.findings.size() == shown) return;
  config.errors.push_back({config.source.name(), 0, 0,
                           fmt::format("has {} more problems", reading.findings.size() - shown), {},
                           {}});
}

void read_root(const JsonValue& root, Config& config) {
  ConfigReading reading{root, config};
  check_schema(reading);
  if (root.is(Kind::Object)) {
    check_version(reading);
    read_variables(reading);
    read_functions(reading);
    read_redirects(reading);
    read_rewrites(reading);
    read_header_rules(reading);
    read_routes(reading);
    read_builds(reading);
    read_settings(reading);
    warn_of_keys(reading);
  }
  report(reading);
}

}  // namespace

bool ConfigReading::is_sound(const JsonValue& value) const {
  const auto first = std::lower_bound(unsound.begin(), unsound.end(), value.offset);
  return first == unsound.end() || *first >= value.end;
}

void ConfigReading::refuse(std::size_t offset, std::string message, std::string platform) {
  findings.push_back({offset, std::move(message), std::move(platform)});
}

void ConfigReading::warn(std::size_t offset, std::string message) {
  constexpr std::size_t kMostWarnings = 50;
  if (config.warnings.size() >= kMostWarnings) return;
  config.warnings.push_back(config.source.place(offset) + ": " + std::move(message));
}

std::vector<ConfigReading::Item> ConfigReading::items_of(std::string_view key) const {
  std::vector<Item> items;
  const JsonValue* const list = root.find(key);
  if (list == nullptr || !list->is(Kind::Array)) return items;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const JsonValue& item = list->items[i];
    if (item.is(Kind::Object) && is_sound(item)) items.push_back({i, &item});
  }
  return items;
}

std::optional<rules::Text> text_of(const JsonValue& object, std::string_view key) {
  const JsonValue* const value = object.find(key);
  if (value == nullptr || !value->is(Kind::String)) return std::nullopt;
  return rules::Text{value->text, value->offset};
}

bool is_true(const JsonValue& object, std::string_view key) {
  const JsonValue* const value = object.find(key);
  return value != nullptr && value->is(Kind::Boolean) && value->boolean;
}

bool is_variable_name(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || !(std::isalnum(byte) || c == '_')) return false;
  }
  return true;
}

Config read_config(std::string text, const std::string& path) {
  Config config;
  config.source = SourceText("vercel.json", std::move(text));
  ParsedJson parsed = parse_json(config.source);
  config.warnings = std::move(parsed.duplicates);
  if (parsed.problem) {
    parsed.problem->platform = "Error: Couldn't parse JSON file " + printable(path) + ".";
    config.errors.push_back(std::move(*parsed.problem));
    return config;
  }
  read_root(*parsed.value, config);
  return config;
}

}  // namespace localfn
