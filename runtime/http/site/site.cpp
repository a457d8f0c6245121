#include "runtime/http/site/site.h"

#include <fmt/format.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <set>

#include "runtime/base/errors.h"
#include "runtime/base/fd.h"
#include "runtime/http/pages/error_page.h"
#include "runtime/http/pages/listing.h"
#include "runtime/http/pages/not_a_function.h"
#include "runtime/http/pages/outcome_answer.h"
#include "runtime/http/pages/platform_headers.h"
#include "runtime/http/pages/request_ids.h"
#include "runtime/http/pages/static_files.h"
#include "runtime/http/site/function_answer.h"
#include "runtime/http/site/request_headers.h"
#include "runtime/routing/route.h"

namespace localfn::http {
namespace {

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

// One request on its way: what every step needs, and the record that the last one hands in.
struct Visit {
  Exchange& exchange;
  const Request& request;
  std::shared_ptr<const Project> project;
  const Route* route = nullptr;
  Record record;
  std::vector<std::string> explanation;

  std::string_view accept() const { return request.header("accept"); }

  void respond(const Page& page) {
    record.status = page.status;
    exchange.respond(page.status, page.headers, page.body);
  }
};

Record begin_record(const Exchange& exchange) {
  Record record;
  record.time = utc_timestamp();
  record.method = exchange.request().method;
  record.path = exchange.request().target;
  return record;
}

RouteRequest route_request(const Request& request) {
  return {request.method, request.path, request.query, request.has_query, request.header_block};
}

}  // namespace

class Site::State {
 public:
  State(SiteOptions options, Workspace& workspace, Pool& pool, Account account)
      : options_(options),
        workspace_(workspace),
        pool_(pool),
        account_(std::move(account)),
        attention_(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd")) {}

  void serve(Exchange& exchange);
  std::pair<wire::Headers, std::string> refuse(const Refusal& refusal);
  int attention_fd() const { return attention_.get(); }
  std::vector<std::string> take_notices(const Project& project);

 private:
  void dispatch(Visit& visit, const Route& route);
  void call(Visit& visit, const FunctionRoute& route);
  void invoke(Visit& visit, const FunctionRoute& route, std::string_view body,
              Clock::time_point routed);
  void conclude(Visit& visit, const FunctionRoute& route, FunctionAnswer& answer,
                const Outcome& outcome);
  void conclude_reply(Visit& visit, const FunctionRoute& route, FunctionAnswer& answer, bool cut);
  void refuse_body(Visit& visit, const FunctionRoute& route, BodyStatus status);
  void send_file(Visit& visit, const StaticRoute& route);
  void send_error(Visit& visit, const ErrorRoute& route);
  void send_error(Visit& visit, int status, std::string code, const PageDetails* details = nullptr);
  void send_configuration_error(Visit& visit);
  void explain_once(Visit& visit, const NotAFunction& file);
  void close_account(Visit& visit);
  void notice_changes();

  const SiteOptions options_;
  Workspace& workspace_;
  Pool& pool_;
  const Account account_;
  RequestIds ids_;
  StaticFiles static_files_;
  const UniqueFd attention_;
  std::atomic<std::uint64_t> seen_change_{0};
  std::mutex mutex_;
  std::set<std::pair<std::string, std::uint64_t>> explained_;  ///< files that are no functions
  std::vector<std::string> shown_problems_;
  std::vector<std::string> shown_warnings_;
};

void Site::State::serve(Exchange& exchange) {
  Visit visit{exchange, exchange.request(), workspace_.current(), nullptr, begin_record(exchange), {}};
  notice_changes();
  if (!visit.project->errors.empty()) {
    send_configuration_error(visit);
  } else {
    dispatch(visit, route(*visit.project, route_request(visit.request)));
  }
  close_account(visit);
}

void Site::State::dispatch(Visit& visit, const Route& found) {
  visit.route = &found;
  const bool function = std::holds_alternative<FunctionRoute>(found.destination);
  visit.record.id = ids_.make(function ? AnsweredBy::Function : AnsweredBy::Host);
  std::visit(Overloaded{
                 [&](const FunctionRoute& to) { call(visit, to); },
                 [&](const StaticRoute& to) { send_file(visit, to); },
                 [&](const ListingRoute& to) {
                   visit.record.outcome = "listing";
                   visit.respond(listing_page(*visit.project, to.directory, visit.record.id,
                                              found.headers));
                 },
                 [&](const RedirectRoute& to) {
                   visit.record.outcome = "redirect";
                   visit.respond(
                       redirect_page(to.status, to.location, visit.accept(), visit.record.id));
                 },
                 [&](const ProxyRoute&) { send_error(visit, 501, "NOT_IMPLEMENTED"); },
                 [&](const FrameworkRoute&) { send_error(visit, 501, "NOT_IMPLEMENTED"); },
                 [&](const ErrorRoute& to) { send_error(visit, to); },
             },
             found.destination);
}

// ---- functions -------------------------------------------------------------------------------

void Site::State::call(Visit& visit, const FunctionRoute& route) {
  const auto routed = Clock::now();
  visit.record.function = route.function->file;
  if (hops_of(visit.request) >= kMostHops) {
    visit.explanation.push_back(fmt::format(
        "the request has come through this server {} times: a loop of functions or rewrites",
        kMostHops));
    return send_error(visit, 508, "INFINITE_LOOP_DETECTED");
  }
  std::string_view body;
  const BodyStatus status = visit.exchange.read_body(body);
  if (status != BodyStatus::Whole) return refuse_body(visit, route, status);
  invoke(visit, route, body, routed);
}

void Site::State::refuse_body(Visit& visit, const FunctionRoute& route, BodyStatus status) {
  visit.exchange.close_after();
  switch (status) {
    case BodyStatus::TooLarge: {
      FunctionAnswer none(visit.exchange, visit.record.id, options_.strict);
      return conclude(visit, route, none, TooLarge{Limits{}.body});
    }
    case BodyStatus::TimedOut: return send_error(visit, 408, "REQUEST_TIMEOUT");
    case BodyStatus::Gone:
      visit.record.outcome = outcome_name(ClientGone{});
      return visit.exchange.cut();
    case BodyStatus::Whole:
    case BodyStatus::Malformed: break;
  }
  visit.explanation.emplace_back("the request's body is not framed as HTTP/1.1 says");
  send_error(visit, 400, "MALFORMED_REQUEST_HEADER");
}

void Site::State::invoke(Visit& visit, const FunctionRoute& route, std::string_view body,
                         Clock::time_point routed) {
  thread_local std::string headers;  // keeps its memory from one request to the next
  write_function_headers(headers, visit.request, visit.record.id, body.size());
  const auto& request = visit.request;
  const auto limit = route.function->max_duration;
  const Invocation invocation{
      visit.project,
      route.function,
      {visit.record.id, request.method, route.target, request.request_line, request.version,
       headers, body},
      Deadline::at(routed + limit),
      limit};
  FunctionAnswer answer(visit.exchange, visit.record.id, options_.strict);
  ServedBy served;
  const Outcome outcome = pool_.invoke(invocation, answer, served);
  visit.record.instance = served.instance;
  visit.record.cold = served.cold;
  visit.record.init = served.init;
  visit.record.shared = served.shared;
  visit.record.cpu = served.cpu;
  visit.record.peak_bytes = served.peak_bytes;
  conclude(visit, route, answer, outcome);
}

// The answer has been given by the function, or is given here by the table of outcomes.
void Site::State::conclude(Visit& visit, const FunctionRoute& route, FunctionAnswer& answer,
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

void Site::State::conclude_reply(Visit& visit, const FunctionRoute& route,
                                 FunctionAnswer& answer, bool cut) {
  visit.record.status = answer.status();
  const bool buffered = !answer.streamed();
  if (buffered && answer.body_bytes() > kBufferedLimit) {
    visit.explanation.push_back(fmt::format(
        "{}: the answer has {:.1f} MB; Vercel sends at most 4.5 MB unless it is streamed "
        "(`self.wfile.flush()` while writing, `more_body` in ASGI) and answers 500 FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE",
        route.function->file, static_cast<double>(answer.body_bytes()) / (1024.0 * 1024.0)));
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

// ---- what localfn answers itself -------------------------------------------------------------

void Site::State::send_file(Visit& visit, const StaticRoute& route) {
  visit.record.outcome = "static";
  const auto sent = static_files_.serve(visit.exchange, visit.project->root, route.file,
                                        route.status, visit.record.id, visit.route->headers);
  visit.record.status = sent.status;
  if (!sent.problem.empty()) visit.explanation.push_back(sent.problem);
  switch (sent.kind) {
    case StaticAnswer::Kind::Sent: return;
    case StaticAnswer::Kind::ClientGone: return visit.exchange.cut();
    case StaticAnswer::Kind::NotFound: return send_error(visit, 404, "NOT_FOUND");
    case StaticAnswer::Kind::Failed: return send_error(visit, 500, "INTERNAL_SERVER_ERROR");
  }
}

void Site::State::send_error(Visit& visit, const ErrorRoute& route) {
  visit.record.outcome = "error";
  if (route.not_a_function == nullptr) return send_error(visit, route.status, route.code);
  visit.record.function = route.not_a_function->file;
  explain_once(visit, *route.not_a_function);
  const PageDetails details = not_a_function_details(*route.not_a_function);
  send_error(visit, route.status, route.code, &details);
}

void Site::State::send_error(Visit& visit, int status, std::string code,
                             const PageDetails* details) {
  auto& record = visit.record;
  if (record.outcome.empty()) record.outcome = "error";
  record.code = code;
  visit.respond(error_page({status, std::move(code), visit.accept(), record.id},
                           visit.route != nullptr ? visit.route->headers : wire::Headers{},
                           details));
}

// The platform answers the bare message; here it is the whole list, because all of it must go.
void Site::State::send_configuration_error(Visit& visit) {
  visit.record.outcome = "configuration_error";
  visit.record.id = ids_.make(AnsweredBy::Host);
  std::string text;
  for (const auto& problem : visit.project->errors) text += problem.format() + "\n";
  visit.respond(bare_failure_page(std::move(text)));
}

// Once per change of the file: a page that polls must not fill the terminal.
void Site::State::explain_once(Visit& visit, const NotAFunction& file) {
  const std::lock_guard lock(mutex_);
  if (!explained_.emplace(file.file, file.change).second) return;
  visit.explanation = not_a_function_lines(file);
  visit.explanation.insert(visit.explanation.begin(), not_a_function_headline(file));
}

void Site::State::close_account(Visit& visit) {
  auto& record = visit.record;
  record.wall =
      std::chrono::duration_cast<microseconds>(Clock::now() - visit.exchange.arrived());
  record.bytes_in = visit.exchange.body_bytes_read();
  record.bytes_out = visit.exchange.body_bytes_sent();
  account_(record, visit.explanation);
}

std::pair<wire::Headers, std::string> Site::State::refuse(const Refusal& refusal) {
  Record record;
  record.time = utc_timestamp();
  record.id = ids_.make(AnsweredBy::Host);
  record.method = refusal.method.empty() ? "?" : refusal.method;
  record.path = refusal.target;
  record.outcome = "refused";
  record.code = refusal.code;
  Page page = refusal_page(refusal, record.id);
  record.status = page.status;
  account_(record, {refusal.reason});
  return {std::move(page.headers), std::move(page.body)};
}

// ---- what the main loop is told --------------------------------------------------------------

void Site::State::notice_changes() {
  const auto now = workspace_.changes().now();
  if (seen_change_.load(std::memory_order_relaxed) == now) return;
  if (seen_change_.exchange(now) != now) ::eventfd_write(attention_.get(), 1);
}

std::vector<std::string> Site::State::take_notices(const Project& project) {
  eventfd_t ignored = 0;
  ::eventfd_read(attention_.get(), &ignored);
  std::vector<std::string> problems;
  for (const auto& problem : project.errors) problems.push_back(problem.format());
  std::vector<std::string> lines;
  if (problems != shown_problems_) {
    lines = problems;
    if (problems.empty()) lines.emplace_back("the configuration is right again");
    shown_problems_ = std::move(problems);
  }
  for (const auto& warning : project.warnings) {
    if (std::find(shown_warnings_.begin(), shown_warnings_.end(), warning) ==
        shown_warnings_.end()) {
      lines.push_back("warning: " + warning);
    }
  }
  shown_warnings_ = project.warnings;
  return lines;
}

// ---- the face --------------------------------------------------------------------------------

Site::Site(SiteOptions options, Workspace& workspace, Pool& pool, Account account)
    : state_(std::make_unique<State>(options, workspace, pool, std::move(account))) {}
Site::~Site() = default;

void Site::serve(Exchange& exchange) { state_->serve(exchange); }
std::pair<wire::Headers, std::string> Site::refuse(const Refusal& refusal) {
  return state_->refuse(refusal);
}
int Site::attention_fd() const { return state_->attention_fd(); }
std::vector<std::string> Site::take_notices(const Project& project) {
  return state_->take_notices(project);
}

}  // namespace localfn::http
