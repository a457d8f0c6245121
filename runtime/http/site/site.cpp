#include "runtime/http/site/site.h"

#include <algorithm>

#include "runtime/http/pages/error_page.h"
#include "runtime/http/pages/listing.h"
#include "runtime/http/site/site_state.h"

namespace localfn::http {
namespace {

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
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

std::vector<std::string> problems_of(const Project& project) {
  std::vector<std::string> texts;
  for (const auto& problem : project.errors) texts.push_back(problem.format());
  return texts;
}

}  // namespace

void SiteState::serve(Exchange& exchange) {
  const auto project = workspace_.current();
  notice_changes();
  if (project->errors.empty()) {
    return answer(exchange, project, route(*project, route_request(exchange.request())));
  }
  Visit visit{exchange, exchange.request(), project};
  visit.record = begin_record(exchange);
  send_configuration_error(visit);
  close_account(visit);
}

void SiteState::answer(Exchange& exchange, std::shared_ptr<const Project> project,
                       const Route& found) {
  Visit visit{exchange, exchange.request(), std::move(project), &found,
              AnswerRules(found, options_.route_header), begin_record(exchange)};
  const bool function = std::holds_alternative<FunctionRoute>(found.destination) ||
                        std::holds_alternative<FrameworkRoute>(found.destination);
  visit.record.id = ids_.make(function ? AnsweredBy::Function : AnsweredBy::Host);
  dispatch(visit, found);
  close_account(visit);
}

void SiteState::dispatch(Visit& visit, const Route& found) {
  const bool redirect = std::holds_alternative<RedirectRoute>(found.destination);
  if (std::string problem = redirect ? "" : header_rules_problem(found); !problem.empty()) {
    return send_rule_error(visit, std::move(problem));
  }
  std::visit(Overloaded{
                 [&](const FunctionRoute& to) { call(visit, to); },
                 [&](const StaticRoute& to) { send_file(visit, to); },
                 [&](const ListingRoute& to) {
                   visit.record.outcome = "listing";
                   visit.respond(listing_page(*visit.project, to.directory, visit.record.id,
                                              visit.rules.headers()));
                 },
                 [&](const RedirectRoute& to) { send_redirect(visit, to); },
                 [&](const ProxyRoute& to) { pass_on(visit, to); },
                 [&](const FrameworkRoute& to) { call_app(visit, to); },
                 [&](const ErrorRoute& to) { send_error(visit, to); },
             },
             found.destination);
}

void SiteState::close_account(Visit& visit) {
  auto& record = visit.record;
  record.wall =
      std::chrono::duration_cast<microseconds>(Clock::now() - visit.exchange.arrived());
  record.bytes_in = visit.exchange.body_bytes_read();
  record.bytes_out = visit.exchange.body_bytes_sent();
  account_(record, visit.explanation);
}

std::pair<wire::Headers, std::string> SiteState::refuse(const Refusal& refusal) {
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

void SiteState::notice_changes() {
  const auto now = workspace_.changes().now();
  if (seen_change_.load(std::memory_order_relaxed) == now) return;
  if (seen_change_.exchange(now) != now) ::eventfd_write(attention_.get(), 1);
}

void SiteState::note_answered(const Project& project) {
  const std::lock_guard lock(mutex_);
  answered_problems_ = problems_of(project);
}

std::vector<std::string> SiteState::take_answered() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answered_problems_, {});
}

void SiteState::show_problems(std::vector<Notice>& notices, std::vector<std::string> problems) {
  if (problems == shown_problems_) return;
  for (const auto& text : problems) notices.push_back({Notice::Kind::Problem, text});
  if (problems.empty()) {
    notices.push_back({Notice::Kind::Mended, "the configuration is right again"});
  }
  shown_problems_ = std::move(problems);
}

// What a request was answered with counts, too: it may be mended before anybody looks.
std::vector<Notice> SiteState::take_notices(const Project& project) {
  eventfd_t ignored = 0;
  ::eventfd_read(attention_.get(), &ignored);
  std::vector<Notice> notices;
  if (const auto answered = take_answered(); !answered.empty()) show_problems(notices, answered);
  show_problems(notices, problems_of(project));
  for (const auto& warning : project.warnings) {
    if (std::find(shown_warnings_.begin(), shown_warnings_.end(), warning) ==
        shown_warnings_.end()) {
      notices.push_back({Notice::Kind::Warning, warning});
    }
  }
  shown_warnings_ = project.warnings;
  return notices;
}

// ---- the face --------------------------------------------------------------------------------

Site::Site(SiteOptions options, Workspace& workspace, Pool& pool, Account account)
    : state_(std::make_unique<SiteState>(options, workspace, pool, std::move(account))) {}
Site::~Site() = default;

void Site::serve(Exchange& exchange) { state_->serve(exchange); }
std::pair<wire::Headers, std::string> Site::refuse(const Refusal& refusal) {
  return state_->refuse(refusal);
}
int Site::attention_fd() const { return state_->attention_fd(); }
std::vector<Notice> Site::take_notices(const Project& project) {
  return state_->take_notices(project);
}

}  // namespace localfn::http
