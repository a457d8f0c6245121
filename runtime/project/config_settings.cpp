// The single values of vercel.json: switches, framework, folders.
#include <fmt/format.h>

#include <filesystem>

#include "runtime/project/config_reading.h"

namespace localfn {
namespace {

using Kind = JsonValue::Kind;

std::optional<bool> boolean_of(const JsonValue& root, std::string_view key) {
  const JsonValue* const value = root.find(key);
  if (value == nullptr || !value->is(Kind::Boolean)) return std::nullopt;
  return value->boolean;
}

/// "./a//b/" → "a/b"; nothing when the path leads out of the project.
std::optional<std::string> inside_project(const std::string& path) {
  std::string normal = std::filesystem::path(path).lexically_normal().generic_string();
  while (!normal.empty() && normal.back() == '/') normal.pop_back();
  if (normal == ".") normal.clear();
  const bool climbs = normal == ".." || normal.compare(0, 3, "../") == 0;
  if (climbs || path.find('\0') != std::string::npos) return std::nullopt;
  if (!path.empty() && path[0] == '/') return std::nullopt;
  return normal;
}

std::optional<rules::Text> read_path(std::string_view key, ConfigReading& reading) {
  const auto text = text_of(reading.root, key);
  if (!text) return std::nullopt;
  const auto path = inside_project(text->text);
  if (!path) {
    reading.refuse(text->offset,
                   fmt::format("{} must be a path inside the project, relative to it, got {}", key,
                               in_quotes(text->text)));
    return std::nullopt;
  }
  return rules::Text{*path, text->offset};
}

std::optional<std::size_t> offset_of(const JsonValue& object, std::string_view key) {
  const JsonValue* const value = object.find(key);
  return value == nullptr ? std::nullopt : std::optional(value->offset);
}

/// The platform does not look at the type of these; something else than text means nothing to it.
void warn_of_type(std::string_view key, ConfigReading& reading) {
  const JsonValue* const value = reading.root.find(key);
  if (value == nullptr || value->is(Kind::String) || value->is(Kind::Null)) return;
  reading.warn(value->offset, fmt::format("{} is ignored: it is a string or null, got {}", key,
                                          describe(*value)));
}

/// Only the platform's servers look at this one, so there is no wording of its command line.
bool read_fluid(ConfigReading& reading) {
  const JsonValue* const value = reading.root.find("fluid");
  if (value == nullptr) return false;
  if (value->is(Kind::Boolean)) return value->boolean;
  reading.refuse(value->offset,
                 fmt::format("fluid must be true or false, got {}", describe(*value)));
  return false;
}

}  // namespace

void read_settings(ConfigReading& reading) {
  Config& config = reading.config;
  config.routing.clean_urls = boolean_of(reading.root, "cleanUrls");
  config.routing.trailing_slash = boolean_of(reading.root, "trailingSlash");
  config.routing.clean_urls_offset = offset_of(reading.root, "cleanUrls");
  config.routing.trailing_slash_offset = offset_of(reading.root, "trailingSlash");
  config.has_framework = reading.root.find("framework") != nullptr;
  config.framework = text_of(reading.root, "framework");
  config.output_directory = read_path("outputDirectory", reading);
  config.build_command = text_of(reading.root, "buildCommand");
  config.bulk_redirects = read_path("bulkRedirectsPath", reading);
  config.fluid = read_fluid(reading);
  warn_of_type("framework", reading);
  warn_of_type("outputDirectory", reading);
}

}  // namespace localfn
