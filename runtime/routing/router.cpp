#include <fmt/format.h>

#include <optional>

#include "runtime/project/text.h"
#include "runtime/routing/phases.h"
#include "runtime/routing/request_path.h"
#include "runtime/routing/route.h"
#include "runtime/routing/tables.h"
#include "runtime/routing/way.h"
#include "runtime/rules/slashes.h"

namespace localfn {
namespace {

using rules::Phase;

/// One request on its way through the steps of the specification's section 6. Each step returns
/// where the request ends, or nothing: then the next step is asked.
class Router {
 public:
  Router(const Project& project, const RouteRequest& request, Trace* trace)
      : project_(project),
        request_(request),
        tracer_(trace),
        way_(request),
        tables_(project),
        phases_(project, request, way_, tables_, tracer_) {}

  Route run() {
    Route route;
    route.destination = find();
    way_.fill(route);
    if (!route.rule.empty()) return route;
    route.rule = rule_;
    route.place = place_;
    return route;
  }

 private:
  using Step = std::optional<Destination>;

  Destination find();
  Step single_slashes();
  Step bulk_redirect();
  Step slash_rules();
  Step clean_urls();
  Step trailing_slash();
  Step start_phase();
  Step filesystem_phase();
  Step dynamic_function();
  Step nothing_else_below_api();
  Step error_phase();
  Step not_found_page();
  Step directory_listing();
  Step hit(Step found);
  Destination not_found();
  Destination slash_redirect(const char* rule, const std::string& place, std::string path);

  const Project& project_;
  const RouteRequest& request_;
  Tracer tracer_;
  Way way_;
  Tables tables_;
  Phases phases_;
  std::string path_storage_;
  std::string_view path_;  ///< as sent, after the rules on slashes; starts with '/'
  std::string_view rule_ = "none";  ///< the step that found the answer, for Route::rule
  std::string_view place_;
  bool skips_start_ = false;  ///< no rule of the first phase is for this path
};

Destination Router::find() {
  if (request_.path.empty() || request_.path[0] != '/') return ErrorRoute{};  // OPTIONS *
  path_ = without_backslashes(request_.path, path_storage_);
  if (auto redirect = single_slashes()) return *std::move(redirect);
  way_.start_at(path_);
  if (auto redirect = bulk_redirect()) return *std::move(redirect);
  if (auto redirect = slash_rules()) return *std::move(redirect);
  if (auto found = start_phase()) return *std::move(found);
  if (auto found = filesystem_phase()) return *std::move(found);
  if (auto page = error_phase()) return *std::move(page);
  if (auto page = not_found_page()) return *std::move(page);
  if (auto listing = directory_listing()) return *std::move(listing);
  return not_found();
}

Router::Step Router::single_slashes() {
  if (path_.find("//") == std::string_view::npos) return std::nullopt;
  std::string collapsed = with_single_slashes(path_);
  if (tracer_) tracer_.add("single slashes", "", "{}", printable(collapsed));
  if (request_.method == "GET") {
    rule_ = "single slashes";
    if (request_.has_query) collapsed.append("?").append(request_.query);
    return RedirectRoute{301, std::move(collapsed)};
  }
  path_storage_ = std::move(collapsed);
  path_ = path_storage_;
  return std::nullopt;
}

Router::Step Router::bulk_redirect() {
  if (project_.rules == nullptr) return std::nullopt;
  const rules::BulkRedirect* redirect = project_.rules->bulk_redirects().find(path_);
  if (redirect == nullptr) return std::nullopt;
  rule_ = "bulk redirect";
  place_ = redirect->place;
  std::string location = redirect->destination;
  if (redirect->preserve_query) location = phases_.with_client_query(std::move(location));
  if (tracer_) {
    tracer_.add_at(rule_, place_, fmt::format("matched; {} to {}", redirect->status, printable(location)));
  }
  return RedirectRoute{redirect->status, std::move(location)};
}

Router::Step Router::slash_rules() {
  if (project_.rules == nullptr) return std::nullopt;
  if (auto redirect = clean_urls()) return redirect;
  return trailing_slash();
}

Router::Step Router::clean_urls() {
  const rules::RoutingSpec& spec = project_.rules->spec();
  if (!spec.clean_urls.value_or(false)) return std::nullopt;
  const bool functions = project_.mode == ProjectMode::Functions && !project_.functions.empty();
  std::optional<std::string> clean;
  if (functions) clean = rules::clean_function_path(path_);
  if (!clean) clean = rules::clean_page_path(path_, spec.trailing_slash.value_or(false));
  if (!clean) return std::nullopt;
  return slash_redirect("cleanUrls", project_.rules->clean_urls_place(), *std::move(clean));
}

Router::Step Router::trailing_slash() {
  const std::optional<bool> wanted = project_.rules->spec().trailing_slash;
  if (!wanted) return std::nullopt;
  if (*wanted && rules::is_well_known(path_)) {
    skips_start_ = true;
    tracer_.add("trailingSlash", "", "matched: no further rule of the first phase");
    return std::nullopt;
  }
  auto changed = rules::with_slash_rule(path_, *wanted);
  if (!changed) return std::nullopt;
  return slash_redirect("trailingSlash", project_.rules->trailing_slash_place(), *std::move(changed));
}

Destination Router::slash_redirect(const char* rule, const std::string& place, std::string path) {
  rule_ = rule;
  place_ = place;
  if (tracer_) tracer_.add_at(rule, place, "matched; 308 to " + printable(path));
  if (request_.has_query) path.append("?").append(request_.query);
  return RedirectRoute{308, std::move(path)};
}

Router::Step Router::start_phase() {
  if (!skips_start_) {
    Phases::Result result = phases_.run(Phase::Start);
    if (result.destination) return hit(std::move(result.destination));
    if (result.stopped) return std::nullopt;
  }
  if (auto found = phases_.reach()) return hit(std::move(found));
  return hit(phases_.run_miss());
}

Router::Step Router::filesystem_phase() {
  Phases::Result result = phases_.run(Phase::Filesystem);
  if (result.destination) return hit(std::move(result.destination));
  if (result.stopped) return std::nullopt;
  // Before anything that is there: rules of this phase may have set the status.
  if (auto redirect = phases_.redirect_by_header(way_.status)) return redirect;
  if (way_.has_moved()) {
    if (auto found = phases_.reach()) return hit(std::move(found));
  }
  if (auto dynamic = dynamic_function()) return hit(std::move(dynamic));
  if (auto none = nothing_else_below_api()) return none;
  if (auto app = phases_.reach_app()) {
    rule_ = "app";
    return hit(std::move(app));
  }
  return hit(phases_.run_miss());
}

Router::Step Router::dynamic_function() {
  auto found = tables_.find_dynamic(way_.path(), tracer_);
  if (!found) return std::nullopt;
  rule_ = "dynamic function";
  return FunctionRoute{found->route->function, way_.function_target(&found->parameters),
                       way_.status};
}

Router::Step Router::nothing_else_below_api() {
  if (!tables_.is_closed(way_.path())) return std::nullopt;
  tracer_.add("api/", "", "not found: no function has this path");
  return not_found();
}

/// The rules after `handle: hit` may add headers to whatever serves the request.
Router::Step Router::hit(Step found) {
  if (!found) return found;
  const bool function = std::holds_alternative<FunctionRoute>(*found);
  const bool file = std::holds_alternative<StaticRoute>(*found);
  if (rule_ == "none") rule_ = function ? "function" : file ? "file" : "none";
  const bool serves = function || file || std::holds_alternative<FrameworkRoute>(*found);
  if (!serves) return found;
  Phases::Result result = phases_.run(Phase::Hit);
  return result.destination ? std::move(result.destination) : std::move(found);
}

Router::Step Router::error_phase() {
  if (project_.rules == nullptr || project_.rules->rules(Phase::Error).empty()) return std::nullopt;
  Way::Position before = way_.position();
  way_.return_to_original();
  if (way_.status == 0) way_.status = 404;
  Phases::Result result = phases_.run(Phase::Error);
  if (result.destination) return std::move(result.destination);
  way_.return_to(std::move(before));
  return result.stopped ? Step(not_found()) : std::nullopt;
}

Router::Step Router::not_found_page() {
  const std::string* page = tables_.not_found_page(path_);
  if (page == nullptr) return std::nullopt;
  rule_ = "404.html";
  tracer_.add("static file ", *page, "matched: nothing else has this path");
  return StaticRoute{*page, 404};
}

Router::Step Router::directory_listing() {
  if (way_.status != 0) return std::nullopt;
  auto directory = tables_.directory(way_.path());
  if (!directory) return std::nullopt;
  rule_ = "listing";
  if (tracer_) tracer_.add("directory listing", "", "matched: no index in {}", in_quotes(*directory));
  return ListingRoute{*std::move(directory)};
}

Destination Router::not_found() {
  return ErrorRoute{404, "NOT_FOUND", tables_.almost_function(way_.path()), {}};
}

}  // namespace

Route route(const Project& project, const RouteRequest& request, Trace* trace) {
  return Router(project, request, trace).run();
}

}  // namespace localfn
