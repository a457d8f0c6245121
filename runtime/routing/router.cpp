#include <fmt/format.h>

#include <optional>

#include "runtime/project/text.h"
#include "runtime/routing/dynamic_route.h"
#include "runtime/routing/request_path.h"
#include "runtime/routing/route.h"

namespace localfn {
namespace {

/// One request on its way through the rules. Each step returns where the request ends, or nothing:
/// then the next step is asked. Rules of vercel.json are further steps between these.
class Router {
 public:
  Router(const Project& project, const RouteRequest& request, Trace* trace)
      : project_(project), request_(request), trace_(trace) {}

  Destination run() {
    if (request_.path.empty() || request_.path[0] != '/') return not_found();  // OPTIONS *
    path_ = without_backslashes(request_.path, path_storage_);
    if (auto redirect = single_slashes()) return std::move(*redirect);
    decoded_ = decoded(path_.substr(1), decoded_storage_);
    if (auto exact = exact_path()) return std::move(*exact);
    if (auto dynamic = dynamic_function()) return std::move(*dynamic);
    if (auto none = nothing_else_below_api()) return std::move(*none);
    if (auto page = not_found_page()) return std::move(*page);
    if (auto listing = directory_listing()) return std::move(*listing);
    return not_found();
  }

 private:
  using Step = std::optional<Destination>;

  template <typename... Arguments>
  void explain(std::string_view rule, fmt::format_string<Arguments...> outcome,
               Arguments&&... arguments) {
    if (trace_ == nullptr) return;
    trace_->push_back({std::string(rule), fmt::format(outcome, std::forward<Arguments>(arguments)...)});
  }

  Step single_slashes();
  Step exact_path();
  Step dynamic_function();
  Step nothing_else_below_api();
  Step not_found_page();
  Step directory_listing();
  Destination not_found() const { return ErrorRoute{404, "NOT_FOUND", almost_function()}; }

  const Served* find(std::string_view path) const {
    const auto found = project_.served.find(path);
    return found == project_.served.end() ? nullptr : &found->second;
  }
  Destination reach(const Served& served, std::string_view path);
  std::string target(const Parameters& parameters) const;
  std::string target() const;
  const NotAFunction* almost_function() const;

  const Project& project_;
  const RouteRequest& request_;
  Trace* trace_;
  std::string path_storage_;
  std::string decoded_storage_;
  std::string_view path_;     ///< as sent, after the rules on slashes; starts with '/'
  std::string_view decoded_;  ///< the same without leading slash, percent-decoded
};

Router::Step Router::single_slashes() {
  if (path_.find("//") == std::string_view::npos) return std::nullopt;
  std::string collapsed = with_single_slashes(path_);
  explain("single slashes", "{}", printable(collapsed));
  if (request_.method == "GET") {
    if (request_.has_query) collapsed.append("?").append(request_.query);
    return RedirectRoute{301, std::move(collapsed)};
  }
  path_storage_ = std::move(collapsed);
  path_ = path_storage_;
  return std::nullopt;
}

/// Functions, static files and indexes: what needs no parameters. The decoded path first; then the
/// path as sent, for files whose very name has an escape in it.
Router::Step Router::exact_path() {
  std::string_view path = decoded_;
  const Served* served = find(path);
  if (served == nullptr && path.size() != path_.size() - 1) {
    path = path_.substr(1);
    served = find(path);
  }
  if (served == nullptr) {
    explain("exact path", "no: nothing is served at {}", in_quotes(decoded_));
    return std::nullopt;
  }
  return reach(*served, path);
}

Destination Router::reach(const Served& served, std::string_view path) {
  if (served.function) {
    explain("function " + printable(served.function->file), "matched: {}", in_quotes(path));
    return FunctionRoute{served.function, target()};
  }
  if (served.withheld) {
    explain("static file " + printable(served.file), "not found: the platform never sends this name");
    return ErrorRoute{};
  }
  explain("static file " + printable(served.file), "matched: {}", in_quotes(path));
  return StaticRoute{served.file, 200};
}

/// The request's own path and query.
std::string Router::target() const {
  std::string text(path_);
  if (request_.has_query) text.append("?").append(request_.query);
  return text;
}

/// The same with the parameters that the client has not sent itself.
std::string Router::target(const Parameters& parameters) const {
  std::string text = target();
  char separator = !request_.has_query ? '?' : request_.query.empty() ? '\0' : '&';
  for (const auto& [name, value] : parameters) {
    if (query_has(request_.query, name)) continue;
    if (separator != '\0') text += separator;
    text.append(encode_component(name)).append("=").append(value);
    separator = '&';
  }
  return text;
}

Router::Step Router::dynamic_function() {
  if (project_.dynamic_routes.empty() || has_dot_segment(decoded_)) return std::nullopt;
  std::vector<std::string_view> segments;
  for (std::string_view rest = path_.substr(1);;) {
    const std::size_t slash = rest.find('/');
    segments.push_back(rest.substr(0, slash));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  for (const DynamicRoute& route : project_.dynamic_routes) {
    const auto parameters = match_dynamic(route, segments);
    if (!parameters) {
      explain("dynamic " + printable(route.function->path), "no: path is {}", printable(path_));
      continue;
    }
    if (trace_ != nullptr) {
      std::string values;
      for (const auto& [name, value] : *parameters) {
        values += fmt::format(" {}={}", printable(name), printable(value));
      }
      explain("dynamic " + printable(route.function->path), "matched:{}", values);
    }
    return FunctionRoute{route.function, target(*parameters)};
  }
  return std::nullopt;
}

Router::Step Router::nothing_else_below_api() {
  const bool below = decoded_ == "api" || decoded_.substr(0, 4) == "api/";
  if (!project_.has_functions || !below) return std::nullopt;
  explain("api/", "not found: no function has this path");
  return not_found();
}

Router::Step Router::not_found_page() {
  if (decoded_.substr(0, 3) == "api") return std::nullopt;  // the platform's rule is ^(?!/api)
  const auto page = project_.static_files.find("404.html");
  if (page == project_.static_files.end()) return std::nullopt;
  explain("static file " + printable(page->second), "matched: nothing else has this path");
  return StaticRoute{page->second, 404};
}

Router::Step Router::directory_listing() {
  std::string_view directory = decoded_;
  if (!directory.empty() && directory.back() == '/') directory.remove_suffix(1);
  if (project_.directories.find(directory) == project_.directories.end()) return std::nullopt;
  explain("directory listing", "matched: no index in {}", in_quotes(directory));
  return ListingRoute{directory.empty() ? "/" : fmt::format("/{}/", directory)};
}

/// The .py file that a path below api/ would reach if it were a function.
const NotAFunction* Router::almost_function() const {
  if (decoded_.substr(0, 3) != "api") return nullptr;
  std::string path(decoded_);
  if (!path.empty() && path.back() == '/') path.pop_back();
  const std::size_t size = path.size();
  if (size > 3 && path.compare(size - 3, 3, ".py") == 0) path.resize(size - 3);
  auto found = project_.not_functions.find(path);
  if (found == project_.not_functions.end()) found = project_.not_functions.find(path + "/index");
  return found == project_.not_functions.end() ? nullptr : &found->second;
}

}  // namespace

Route route(const Project& project, const RouteRequest& request, Trace* trace) {
  Route found;
  found.destination = Router(project, request, trace).run();
  return found;
}

}  // namespace localfn
