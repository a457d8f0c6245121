#include "runtime/project/python_files.h"

#include <filesystem>
#include <string_view>

#include "runtime/project/text.h"
#include "runtime/project/toml.h"

namespace localfn {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Calls `each` with every line, trimmed, until it returns true.
template <typename Each>
void for_lines(const std::string& file, Each each) {
  TextFile content = read_text_file(file);
  if (!content.bytes) return;
  const std::string text = decode_text(std::move(*content.bytes));
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = rest.find('\n');
    if (each(trimmed(rest.substr(0, end)))) return;
    if (end == std::string_view::npos) return;
    rest.remove_prefix(end + 1);
  }
}

/// "key = value" → value; nothing when the line has another key.
std::optional<std::string_view> value_of(std::string_view line, std::string_view key) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos || trimmed(line.substr(0, equals)) != key) return {};
  return trimmed(line.substr(equals + 1));
}

}  // namespace

bool is_environment(const std::string& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder + "/pyvenv.cfg", ignored);
}

std::string environment_of(const std::string& path) {
  if (is_environment(path)) return path;
  // VENV/bin/python is a link to the base interpreter: its own place counts, not its target's.
  const auto folder = fs::path(path).parent_path().parent_path().string();
  return !folder.empty() && is_environment(folder) ? folder : std::string();
}

std::optional<PythonVersion> version_of_environment(const std::string& folder) {
  std::optional<PythonVersion> found;
  for_lines(folder + "/pyvenv.cfg", [&](std::string_view line) {
    for (const std::string_view key : {"version", "version_info"}) {
      if (const auto value = value_of(line, key)) found = parse_python_version(*value);
    }
    return found.has_value();
  });
  return found;
}

std::vector<std::string> telling_lines(const std::string& file) {
  std::vector<std::string> found;
  for_lines(file, [&](std::string_view line) {
    line = trimmed(line.substr(0, line.find('#')));
    if (!line.empty()) found.emplace_back(line);
    return false;
  });
  return found;
}

std::optional<std::string> requires_python(const std::string& file) {
  TextFile content = read_text_file(file);
  if (!content.bytes) return std::nullopt;
  auto value = toml_value(decode_text(std::move(*content.bytes)), "project.requires-python");
  if (!value || !value->is_string) return std::nullopt;
  return std::move(value->text);
}

}  // namespace localfn
