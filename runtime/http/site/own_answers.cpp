// What localfn answers itself: files, errors, and why something is no function.
#include <algorithm>
#include <string>

#include "runtime/http/pages/error_page.h"
#include "runtime/http/pages/app_problem_page.h"
#include "runtime/http/pages/not_a_function.h"
#include "runtime/http/site/site_state.h"

namespace localfn::http {
namespace {

/// What would be a function but for its syntax. While api/ has no other one its files are static
/// files, and the source is sent.
const NotAFunction* broken_function(const Project& project, const std::string& file) {
  if (!file.starts_with("api/") || !file.ends_with(".py")) return nullptr;
  const auto found = std::find_if(
      project.not_functions.begin(), project.not_functions.end(), [&](const auto& each) {
        return each.second.syntax_error && each.second.file == file;
      });
  return found == project.not_functions.end() ? nullptr : &found->second;
}

}  // namespace

void SiteState::send_file(Visit& visit, const StaticRoute& route) {
  visit.record.outcome = "static";
  const auto* const broken = broken_function(*visit.project, route.file);
  const auto sent = static_files_.serve(visit.exchange, visit.project->root, route.file,
                                        route.status, visit.record.id, visit.rules.headers(),
                                        [&visit](wire::Headers& h) { visit.rules.finish(h); });
  visit.record.status = sent.status;
  if (!sent.problem.empty()) visit.explanation.push_back(sent.problem);
  if (broken != nullptr) explain_once(visit, *broken);
  switch (sent.kind) {
    case StaticAnswer::Kind::Sent: return;
    case StaticAnswer::Kind::ClientGone: return visit.exchange.cut();
    case StaticAnswer::Kind::NotFound: return send_error(visit, 404, "NOT_FOUND");
    case StaticAnswer::Kind::Failed: return send_error(visit, 500, "INTERNAL_SERVER_ERROR");
  }
}

void SiteState::send_error(Visit& visit, const ErrorRoute& route) {
  visit.record.outcome = "error";
  const auto& app = visit.project->framework;
  if (app && !app->has_manifest && route.status == 404) {
    const PageDetails details = missing_manifest_details(*app);
    visit.explanation = {details.headline, details.seen};
    return send_error(visit, route.status, route.code, &details);
  }
  if (route.not_a_function == nullptr) return send_error(visit, route.status, route.code);
  visit.record.function = route.not_a_function->file;
  explain_once(visit, *route.not_a_function);
  const PageDetails details = not_a_function_details(*route.not_a_function);
  send_error(visit, route.status, route.code, &details);
}

void SiteState::send_error(Visit& visit, int status, std::string code,
                             const PageDetails* details) {
  auto& record = visit.record;
  if (record.outcome.empty()) record.outcome = "error";
  record.code = code;
  visit.respond(error_page({status, std::move(code), visit.accept(), record.id},
                           visit.rules.headers(), details));
}

// The platform answers the bare message; here it is the whole list, because all of it must go.
void SiteState::send_configuration_error(Visit& visit) {
  visit.record.outcome = "configuration_error";
  visit.record.id = ids_.make(AnsweredBy::Host);
  std::string text;
  for (const auto& problem : visit.project->errors) text += problem.format() + "\n";
  note_answered(*visit.project);
  visit.respond(bare_failure_page(std::move(text)));
}

// A page that polls must not fill the terminal.
bool SiteState::is_first_since_a_change(const std::string& problem) {
  const std::lock_guard lock(mutex_);
  return explained_.emplace(problem, workspace_.changes().now()).second;
}

// Once per change of the file: a page that polls must not fill the terminal.
void SiteState::explain_once(Visit& visit, const NotAFunction& file) {
  const std::lock_guard lock(mutex_);
  if (!explained_.emplace(file.file, file.change).second) return;
  visit.explanation = not_a_function_lines(file);
  visit.explanation.insert(visit.explanation.begin(), not_a_function_headline(file));
}

/// The headers of rules and their transforms are not applied to redirects (specification 4.4), so
/// only the rule is named.
void SiteState::send_redirect(Visit& visit, const RedirectRoute& route) {
  visit.record.outcome = "redirect";
  Page page = redirect_page(route.status, route.location, visit.accept(), visit.record.id);
  visit.rules.name(page.headers);
  visit.record.status = page.status;
  visit.exchange.respond(page.status, page.headers, page.body);
}

/// As the platform does it: the bare message, without any header of the platform's or the rules'.
void SiteState::send_rule_error(Visit& visit, std::string problem) {
  visit.record.outcome = "configuration_error";
  visit.explanation.push_back("a rule of vercel.json sets a header that cannot be sent: " + problem);
  Page page = bare_failure_page(std::move(problem));
  visit.rules.name(page.headers);
  visit.record.status = page.status;
  visit.exchange.respond(page.status, page.headers, page.body);
}

/// The app is a function like others, once its entry point is known.
void SiteState::call_app(Visit& visit, const FrameworkRoute& route) {
  const auto& found = visit.project->framework;
  if (found && found->function) {
    return call(visit, FunctionRoute{found->function, route.target, route.status});
  }
  const FrameworkApp app = found.value_or(FrameworkApp{"framework", ""});
  const PageDetails details = app_problem_details(app);
  if (is_first_since_a_change(app.problem)) visit.explanation = app_problem_lines(app);
  send_error(visit, 500, "FUNCTION_INVOCATION_FAILED", &details);
}

}  // namespace localfn::http
