#include "runtime/rules/slashes.h"

#include <algorithm>

namespace localfn::rules {
namespace {

bool cut_end(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

std::string ended(std::string_view path, bool slash) {
  std::string text(path.empty() ? "/" : path);
  if (slash && text.back() != '/') text += '/';
  return text;
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/// As the platform's `[^/]+\.\w+`.
bool has_extension(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) return false;
  return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dot) + 1, name.end(), is_word);
}

}  // namespace

std::optional<std::string> clean_function_path(std::string_view path) {
  if (!path.starts_with("/api")) return std::nullopt;
  cut_end(path, "/");
  const bool python = cut_end(path, ".py");
  std::string_view directory = path;
  if (cut_end(directory, "/index") && directory.size() >= 4) return std::string(directory);
  if (python && path.starts_with("/api/") && path.size() > 5) return std::string(path);
  return std::nullopt;
}

std::optional<std::string> clean_page_path(std::string_view path, bool trailing_slash) {
  cut_end(path, "/");
  const bool html = cut_end(path, ".html");
  std::string_view directory = path;
  if (cut_end(directory, "/index")) return ended(directory, trailing_slash);
  if (!html) return std::nullopt;
  return ended(path, trailing_slash);
}

std::optional<std::string> with_slash_rule(std::string_view path, bool wanted) {
  const bool has_slash = path.ends_with('/');
  if (path.size() < 2) return std::nullopt;
  if (!wanted) {
    if (!has_slash) return std::nullopt;
    return std::string(path.substr(0, path.size() - 1));
  }
  std::string_view bare = path;
  cut_end(bare, "/");
  const std::string_view name = bare.substr(bare.rfind('/') + 1);
  if (has_slash && has_extension(name)) return std::string(bare);
  if (!has_slash && name.find('.') == std::string_view::npos) return std::string(path) + "/";
  return std::nullopt;
}

bool is_well_known(std::string_view path) {
  constexpr std::string_view kFolder = "/.well-known";
  return path.starts_with(kFolder) && (path.size() == kFolder.size() || path[kFolder.size()] == '/');
}

}  // namespace localfn::rules
