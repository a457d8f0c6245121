#include "runtime/project/python_files.h"

#include <filesystem>
#include <string_view>

#include "runtime/project/text.h"

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

/// A TOML string on one line, quotes taken off.
std::optional<std::string> unquoted(std::string_view text) {
  if (text.size() < 2 || (text[0] != '"' && text[0] != '\'')) return {};
  const auto end = text.find(text[0], 1);
  if (end == std::string_view::npos) return {};
  return std::string(text.substr(1, end - 1));
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

std::optional<std::string> first_line(const std::string& file) {
  std::optional<std::string> found;
  for_lines(file, [&](std::string_view line) {
    if (line.empty() || line[0] == '#') return false;
    found = std::string(line);
    return true;
  });
  return found;
}

std::optional<std::string> requires_python(const std::string& file) {
  std::optional<std::string> found;
  bool in_project = false;
  for_lines(file, [&](std::string_view line) {
    if (!line.empty() && line[0] == '[') {
      in_project = trimmed(line.substr(0, line.find('#'))) == "[project]";
    } else if (const auto value = value_of(line, "requires-python"); value && in_project) {
      found = unquoted(*value);
    }
    return found.has_value();
  });
  return found;
}

}  // namespace localfn
