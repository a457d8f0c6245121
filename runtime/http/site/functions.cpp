// A request that reaches a function: its body is read, the pool invokes it, the outcome is told.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "runtime/http/pages/outcome_answer.h"
#include "runtime/http/site/request_headers.h"
#include "runtime/http/site/site_state.h"
#include "runtime/http/site/websocket.h"
#include "runtime/project/class_handler.h"

namespace localfn::http {
namespace {

/// VERCEL_OIDC_TOKEN of the functions' environment, as `vercel env pull` writes it; empty: none.
std::string_view oidc_token_of(const Project& project) {
  const auto& all = project.environment;  // in order of the names
  const auto found = std::lower_bound(
      all.begin(), all.end(), std::string_view("VERCEL_OIDC_TOKEN"),
      [](const auto& variable, std::string_view name) { return variable.first < name; });
  if (found == all.end() || found->first != "VERCEL_OIDC_TOKEN") return {};
  return found->second;
}

}  // namespace

void SiteState::call(Visit& visit, const FunctionRoute& route) {
  const auto routed = Clock::now();
  visit.record.function = route.function->file;
  if (loops(visit)) return;
  std::string_view body;
  const BodyStatus status = visit.exchange.read_body(body);
  if (status != BodyStatus::Whole) return refuse_body(visit, route, status);
  const bool upgrade = wants_websocket(visit.exchange);
  if (upgrade) {
    body = visit.exchange.bytes_after_head();
    visit.exchange.close_after();  // whatever becomes of it
  }
  invoke(visit, route, {body, upgrade}, routed);
}

void SiteState::refuse_body(Visit& visit, const FunctionRoute& route, BodyStatus status) {
  if (status != BodyStatus::TooLarge) return refuse_body(visit, status);
  visit.exchange.close_after();
  FunctionAnswer none(visit.exchange, visit.record.id, options_.strict, visit.rules);
  conclude(visit, route, none, TooLarge{Limits{}.body});
}

void SiteState::refuse_body(Visit& visit, BodyStatus status) {
  visit.exchange.close_after();
  switch (status) {
    case BodyStatus::TimedOut: return send_error(visit, 408, "REQUEST_TIMEOUT");
    case BodyStatus::Gone:
      visit.record.outcome = outcome_name(ClientGone{});
      return visit.exchange.cut();
    case BodyStatus::Whole:
    case BodyStatus::TooLarge:
    case BodyStatus::Malformed: break;
  }
  visit.explanation.emplace_back("the request's body is not framed as HTTP/1.1 says");
  send_error(visit, 400, "MALFORMED_REQUEST_HEADER");
}

namespace {

/// A head that the function has sent and that has not left gives way to the error.
void forget_head(Outcome& outcome) {
  if (auto* late = std::get_if<TimedOut>(&outcome)) late->head_sent = false;
  if (auto* died = std::get_if<Died>(&outcome)) died->head_sent = false;
}

}  // namespace

void SiteState::invoke(Visit& visit, const FunctionRoute& route, const Arrived& arrived,
                       Clock::time_point routed) {
  thread_local std::string headers;  // keeps its memory from one request to the next
  write_function_headers(headers, visit.request, visit.record.id, arrived.body.size(),
                         visit.route->request_headers, oidc_token_of(*visit.project),
                         arrived.upgrade);
  const auto& request = visit.request;
  const auto limit = route.function->max_duration;
  const Invocation invocation{
      visit.project,
      route.function,
      {visit.record.id, request.method, route.target, request.request_line, request.version,
       headers, arrived.body},
      Deadline::at(routed + limit),
      limit,
      arrived.upgrade};
  FunctionAnswer answer(visit.exchange, visit.record.id, options_.strict, visit.rules,
                        route.status);
  ServedBy served;
  Outcome outcome = pool_.invoke(invocation, answer, served);
  if (!visit.exchange.head_left()) forget_head(outcome);
  visit.record.instance = served.instance;
  visit.record.cold = served.cold;
  visit.record.init = served.init;
  visit.record.shared = served.shared;
  visit.record.cpu = served.cpu;
  visit.record.peak_bytes = served.peak_bytes;
  conclude(visit, route, answer, outcome);
}

// The answer has been given by the function, or is given here by the table of outcomes.
void SiteState::conclude(Visit& visit, const FunctionRoute& route, FunctionAnswer& answer,
                         const Outcome& outcome) {
  auto& record = visit.record;
  record.outcome = outcome_name(outcome);
  const Answer told = describe(outcome, *route.function, *visit.project);
  visit.explanation.insert(visit.explanation.end(), told.terminal.begin(), told.terminal.end());
  if (std::holds_alternative<Reply>(outcome)) return conclude_reply(visit, route, answer, told.cut);
  if (std::holds_alternative<ClientGone>(outcome)) return visit.exchange.cut();
  record.code = told.code;
  // A head that was given but has not left gives way to the error; otherwise the client must notice.
  if (told.status == 0 || visit.exchange.head_left()) {
    record.status = answer.status();
    return visit.exchange.cut();
  }
  send_error(visit, told.status, told.code, &told.details);
}

void SiteState::conclude_reply(Visit& visit, const FunctionRoute& route, FunctionAnswer& answer,
                               bool cut) {
  visit.record.status = answer.status();
  const bool buffered = !answer.streamed();
  if (buffered && answer.body_bytes() > kBufferedLimit) {
    visit.explanation.push_back(fmt::format(
        "{}: the answer has {:.1f} MB; Vercel sends at most 4.5 MB unless it is streamed "
        "({}) and answers 500 FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE",
        route.function->file, static_cast<double>(answer.body_bytes()) / (1024.0 * 1024.0),
        is_class_handler(*route.function) ? "self.wfile.flush() while writing"
                                          : "yielded in pieces: a generator, a StreamingResponse"));
  }
  if (answer.overlong()) {
    visit.explanation.push_back(fmt::format(
        "{}: the body has {} bytes, and its Content-Length says {}: the client got no more than that",
        route.function->file, answer.body_bytes(), answer.declared_bytes()));
    // Where each character is one byte, whoever counts characters counts right.
    if (!answer.only_ascii()) visit.explanation.push_back(fmt::format("hint: {}", kCountBytes));
  }
  if (answer.too_large()) return send_error(visit, 500, "FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE");
  if (answer.completed()) return;
  answer.release();
  if (cut) {
    visit.exchange.flush();
    visit.exchange.cut();
  } else if (!visit.exchange.finish()) {
    visit.exchange.cut();
  }
}

}  // namespace localfn::http
