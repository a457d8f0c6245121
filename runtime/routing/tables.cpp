#include "runtime/routing/tables.h"

#include <fmt/format.h>

#include <vector>

#include "runtime/project/api_paths.h"
#include "runtime/project/text.h"
#include "runtime/routing/request_path.h"

namespace localfn {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::string_view rest = path.substr(1);;) {
    const std::size_t slash = rest.find('/');
    segments.push_back(rest.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    rest.remove_prefix(slash + 1);
  }
}

std::string shown(const Parameters& parameters) {
  std::string values;
  for (const auto& [name, value] : parameters) {
    values += fmt::format(" {}={}", printable(name), printable(value));
  }
  return values;
}

}  // namespace

Tables::Tables(const Project& project)
    : project_(project), zero_config_(project.mode == ProjectMode::Functions) {
  if (project.rules == nullptr) return;
  clean_urls_ = project.rules->spec().clean_urls.value_or(false);
  trailing_slash_ = project.rules->spec().trailing_slash.value_or(false);
}

std::string_view Tables::decode(std::string_view path) {
  return decoded(path.substr(1), storage_);
}

const Served* Tables::find(std::string_view path) {
  const std::string_view plain = decode(path);
  const Served* served = look_up(plain);
  const bool was_escaped = plain.size() != path.size() - 1;
  return served == nullptr && was_escaped ? look_up(path.substr(1)) : served;
}

const Served* Tables::look_up(std::string_view path) const {
  if (clean_urls_) return look_up_clean(path);
  const auto found = project_.served.find(path);
  return found == project_.served.end() ? nullptr : &found->second;
}

/// With cleanUrls a page has its name without .html, and no other; functions have none with .py.
const Served* Tables::look_up_clean(std::string_view path) const {
  if (path.ends_with(".html")) return nullptr;
  const auto found = project_.served.find(path);
  if (found != project_.served.end()) {
    const Served& served = found->second;
    const bool python = zero_config_ && served.function && path.ends_with(".py");
    return python ? nullptr : &served;
  }
  if (path.ends_with('/')) path.remove_suffix(1);
  const auto page = project_.served.find(std::string(path) + ".html");
  return page == project_.served.end() || page->second.function ? nullptr : &page->second;
}

std::optional<Tables::Dynamic> Tables::find_dynamic(std::string_view path, const Tracer& tracer) {
  if (!zero_config_ || project_.dynamic_routes.empty()) return std::nullopt;
  if (has_dot_segment(decode(path))) return std::nullopt;
  // trailingSlash redirects every path to the one with a slash: it must lead somewhere.
  const bool drop_slash = trailing_slash_ && path.size() > 1 && path.ends_with('/');
  const auto segments = segments_of(drop_slash ? path.substr(0, path.size() - 1) : path);
  for (const DynamicRoute& route : project_.dynamic_routes) {
    auto parameters = match_dynamic(route, segments);
    if (!parameters) {
      tracer.add("dynamic ", route.function->path, "no: path is {}", printable(path));
      continue;
    }
    if (tracer) tracer.add("dynamic ", route.function->path, "matched:{}", shown(*parameters));
    return Dynamic{&route, *std::move(parameters)};
  }
  return std::nullopt;
}

bool Tables::is_closed(std::string_view path) {
  if (!zero_config_ || !project_.has_functions) return false;
  const std::string_view plain = decode(path);
  return plain == "api" || plain.starts_with("api/");
}

const std::string* Tables::not_found_page(std::string_view path) {
  if (!zero_config_ || decode(path).starts_with("api")) return nullptr;  // its rule is ^(?!/api)
  const auto page = project_.static_files.find("404.html");
  return page == project_.static_files.end() ? nullptr : &page->second;
}

std::optional<std::string> Tables::directory(std::string_view path) {
  if (project_.mode == ProjectMode::Framework) return std::nullopt;
  std::string_view directory = decode(path);
  if (!directory.empty() && directory.back() == '/') directory.remove_suffix(1);
  if (project_.directories.find(directory) == project_.directories.end()) return std::nullopt;
  return directory.empty() ? "/" : fmt::format("/{}/", directory);
}

const NotAFunction* Tables::almost_function(std::string_view path) {
  if (path.empty() || project_.not_functions.empty()) return nullptr;
  const std::string_view plain = decode(path);
  if (!plain.starts_with("api")) return nullptr;
  std::string name(plain);
  if (!name.empty() && name.back() == '/') name.pop_back();
  if (name.size() > 3 && name.ends_with(".py")) name.resize(name.size() - 3);
  const auto& files = project_.not_functions;
  auto found = files.find(name);
  if (found == files.end()) found = files.find(name + "/index");
  if (found != files.end()) return &found->second;
  found = files.find(served_path(name));  // as a file of another language is written
  return found == files.end() || found->second.file != name ? nullptr : &found->second;
}

}  // namespace localfn
