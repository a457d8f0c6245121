// The ends that a rule can bring about by itself: redirects, other servers, error pages.
#include <fmt/format.h>

#include <utility>

#include "runtime/project/text.h"
#include "runtime/routing/phases.h"
#include "runtime/routing/status_code.h"

namespace localfn {

using patterns::Target;

namespace {

/// "/$1" with a parameter that starts with a slash would lead to another host.
std::string on_this_host(std::string location, std::string_view written) {
  if (!location.starts_with("//") || written.starts_with("//")) return location;
  const std::size_t slashes = location.find_first_not_of('/');
  location.erase(0, (slashes == std::string::npos ? location.size() : slashes) - 1);
  return location;
}

}  // namespace

Destination Phases::redirect(const Rule& rule, int status, const Target& target) {
  std::string location =
      on_this_host(target.location(request_.query), rule.spec->destination->text);
  explain(rule, fmt::format("{} to {}", status, printable(location)));
  if (status >= 300 && status <= 399) return RedirectRoute{status, std::move(location)};
  way_.set_header("location", std::move(location), false);
  return ErrorRoute{status, default_error_code(status)};
}

Destination Phases::redirect_by_status(const Rule& rule, int status, const Target* target) {
  if (auto by_header = redirect_by_header(status)) {
    explain(rule, fmt::format("{} to the header's location", status));
    return *std::move(by_header);
  }
  std::string location = target == nullptr
                             ? with_client_query(std::string(way_.path()))
                             : on_this_host(target->location(request_.query),
                                            rule.spec->destination->text);
  explain(rule, fmt::format("{} to {}", status, printable(location)));
  return RedirectRoute{status, std::move(location)};
}

std::optional<Destination> Phases::redirect_by_header(int status) {
  if (status < 300 || status > 399) return std::nullopt;
  auto location = way_.take_header("location");
  if (!location) return std::nullopt;
  return RedirectRoute{status, with_client_query(*std::move(location))};
}

/// The location's own keys stay, the client's others follow, as for `redirects`.
std::string Phases::with_client_query(std::string location) const {
  if (!request_.has_query || request_.query.empty()) return location;
  Target target;
  const std::size_t fragment = std::min(location.find('#'), location.size());
  target.fragment = location.substr(fragment);
  location.resize(fragment);
  const std::size_t query = std::min(location.find('?'), location.size());
  if (query < location.size()) target.query = location.substr(query + 1);
  location.resize(query);
  target.path = std::move(location);
  return target.location(request_.query);
}

Destination Phases::proxy(const Rule& rule, const Target& target) {
  way_.add_query(target.query);
  const std::string query = way_.query();
  std::string text = target.path + (query.empty() ? "" : "?" + query);
  explain(rule, fmt::format("to {}{}", printable(target.origin), printable(text)));
  const int status = rule.spec->status.value_or(way_.status);
  return ProxyRoute{target.origin, std::move(text), status};
}

Destination Phases::error_page(const Rule& rule, int status) {
  way_.rule = &rule;
  return ErrorRoute{status, default_error_code(status)};
}

Destination Phases::too_costly(const Rule& rule) const {
  way_.rule = &rule;
  ErrorRoute error{500, "INTERNAL_SERVER_ERROR"};
  error.reason = fmt::format("cannot match {}{}{}: its pattern takes too many steps for {}", rule.name,
                             rule.place.empty() ? "" : " at ", rule.place, in_quotes(way_.path()));
  if (tracer_) tracer_.add_at(rule.name, rule.place, error.reason);
  return error;
}

Destination Phases::endless(const Rule& rule) const {
  ErrorRoute error{508, "INFINITE_LOOP_DETECTED"};
  error.reason = fmt::format("cannot follow {}{}{}: the rules have led on too often or the path has "
                             "become too long", rule.name, rule.place.empty() ? "" : " at ",
                             rule.place);
  if (tracer_) tracer_.add_at(rule.name, rule.place, error.reason);
  return error;
}

/// `what`: empty when the rule has moved the request.
void Phases::explain(const Rule& rule, std::string_view what) const {
  if (!tracer_) return;
  const std::string parameters = tester_.shown_parameters(rule);
  std::string outcome = "matched";
  if (!parameters.empty()) outcome += ": " + parameters;
  if (what.empty()) {
    outcome += "; path is now " + printable(way_.app_target());
  } else {
    outcome.append("; ").append(what);
  }
  tracer_.add_at(rule.name, rule.place, std::move(outcome));
}

}  // namespace localfn
