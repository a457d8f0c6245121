// A request that a rewrite sends to another server.
#include <fmt/format.h>

#include "runtime/base/ascii.h"
#include "runtime/http/answer.h"
#include "runtime/http/pages/outcome_answer.h"
#include "runtime/http/pages/platform_headers.h"
#include "runtime/http/proxy/upstream_request.h"
#include "runtime/http/site/request_headers.h"
#include "runtime/http/site/site_state.h"
#include "runtime/http/site/websocket.h"

namespace localfn::http {
namespace {

/// What the other server says about its own connection, and which rule decided there if it is a
/// localfn too, is not for the client.
void drop_upstreams_own(wire::Headers& headers) {
  const HopByHop hop(headers);
  std::erase_if(headers, [&](const wire::Header& header) {
    return hop.has(header.first) || equal_ignoring_case(header.first, kRouteHeader);
  });
}

/// "rewrites[2] (vercel.json:12:5)", as far as it is known.
std::string rule_text(const Route& route) {
  const std::string rule = route.rule.empty() ? "a rewrite" : route.rule;
  return route.place.empty() ? rule : fmt::format("{} ({})", rule, route.place);
}

}  // namespace

bool SiteState::loops(Visit& visit) {
  if (hops_of(visit.request) < kMostHops) return false;
  visit.explanation.push_back(fmt::format(
      "the request has come through this server {} times: a loop of functions or rewrites",
      kMostHops));
  send_error(visit, 508, "INFINITE_LOOP_DETECTED");
  return true;
}

void SiteState::pass_on(Visit& visit, const ProxyRoute& route) {
  visit.record.outcome = "proxied";
  if (loops(visit)) return;
  if (wants_websocket(visit.exchange)) {
    visit.explanation.push_back(fmt::format(
        "cannot pass a WebSocket on to {}: {} sends ordinary requests only, so it was asked "
        "without the Upgrade; let the page connect to that server itself",
        route.origin, rule_text(*visit.route)));
  }
  const ProxyRequest wanted{route.origin, route.target, visit.route->request_headers,
                            hops_of(visit.request) + 1};
  const auto give_head = [&](wire::HeadFrame head, std::string& why) {
    if (why = unsendable(head.status, {}); !why.empty()) return false;
    visit.record.status = route.status != 0 ? route.status : head.status;
    drop_upstreams_own(head.headers);
    auto headers = function_headers(std::move(head), visit.record.id, visit.rules.headers());
    visit.rules.finish(headers);
    if (visit.exchange.begin(visit.record.status, headers)) return true;
    why = unsendable(visit.record.status, headers);
    if (why.empty()) why = "its answer cannot be sent";
    return false;
  };
  conclude_proxied(visit, route, proxy_.pass(visit.exchange, wanted, give_head));
}

void SiteState::conclude_proxied(Visit& visit, const ProxyRoute& route,
                                 const ProxyResult& result) {
  switch (result.ending) {
    case Ending::Complete:
      if (!visit.exchange.finish()) visit.exchange.cut();
      return;
    case Ending::ClientGone:
      visit.record.outcome = outcome_name(ClientGone{});
      return visit.exchange.cut();
    case Ending::BodyTimedOut: return refuse_body(visit, BodyStatus::TimedOut);
    case Ending::BodyMalformed:
      // The head may have left by now; then only the end of the connection can tell.
      return visit.exchange.head_left() ? visit.exchange.cut()
                                        : refuse_body(visit, BodyStatus::Malformed);
    case Ending::NoAnswer:
    case Ending::CutShort: break;
  }
  visit.record.outcome = "proxy_failed";
  visit.explanation.push_back(result.problem);
  visit.explanation.push_back(fmt::format("asked for {}{} by {}", route.origin, route.target,
                                          rule_text(*visit.route)));
  if (result.ending == Ending::CutShort) return visit.exchange.cut();
  PageDetails details;
  details.headline = result.problem;
  details.seen = visit.explanation.back();
  details.advice = {"see whether that server runs and can be reached from this machine"};
  send_error(visit, 500, "FUNCTION_INVOCATION_FAILED", &details);
}

}  // namespace localfn::http
