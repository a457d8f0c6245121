#include "runtime/http/site/answer_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "runtime/base/characters.h"
#include "runtime/http/pages/platform_headers.h"

namespace localfn::http {
namespace {

/// Names of files may hold any byte but those that a header cannot.
std::string as_value(std::string text) {
  for (char& c : text) {
    if (!all_inside({&c, 1}, character_class::kField)) c = '?';
  }
  return text;
}

/// As the platform's Node says it.
std::string problem_of(std::string_view name, std::string_view value) {
  if (!is_token(name)) return fmt::format("Header name must be a valid HTTP token [\"{}\"]", name);
  if (!is_field_value(value)) {
    return fmt::format("Invalid character in header content [\"{}\"]", name);
  }
  return {};
}

std::string problem_of(const std::vector<rules::HeaderEdit>& edits) {
  for (const auto& edit : edits) {
    if (edit.operation == rules::HeaderEdit::Operation::Delete) continue;
    const std::string_view name = edit.name.empty() ? std::string_view("x") : edit.name;
    if (std::string problem = problem_of(name, {}); !problem.empty()) return problem;
    for (const auto& value : edit.values) {
      if (std::string problem = problem_of(name, value); !problem.empty()) return problem;
    }
  }
  return {};
}

void apply_edits(const std::vector<rules::HeaderEdit>& edits, wire::Headers& headers) {
  wire::Headers kept;  // in order, and given back after what the edits made of the others
  const auto others = std::stable_partition(
      headers.begin(), headers.end(), [](const auto& h) { return !is_platforms_own(h.first); });
  std::move(others, headers.end(), std::back_inserter(kept));
  headers.erase(others, headers.end());
  rules::apply(edits, headers);
  std::erase_if(headers, [](const auto& h) { return is_platforms_own(h.first); });
  std::move(kept.begin(), kept.end(), std::back_inserter(headers));
}

}  // namespace

AnswerRules::AnswerRules(const Route& route, bool named) : route_(&route) {
  if (!named || route.rule.empty()) return;
  name_ = as_value(route.place.empty() ? route.rule
                                       : fmt::format("{} ({})", route.rule, route.place));
}

const wire::Headers& AnswerRules::headers() const {
  static const wire::Headers kNone;
  return route_ == nullptr ? kNone : route_->headers;
}

void AnswerRules::finish(wire::Headers& headers) const {
  if (route_ != nullptr && !route_->response_headers.empty()) {
    apply_edits(route_->response_headers, headers);
  }
  name(headers);
}

std::string header_rules_problem(const Route& route) {
  for (const auto& [name, value] : route.headers) {
    if (std::string problem = problem_of(name, value); !problem.empty()) return problem;
  }
  if (std::string problem = problem_of(route.request_headers); !problem.empty()) return problem;
  return problem_of(route.response_headers);
}

}  // namespace localfn::http
