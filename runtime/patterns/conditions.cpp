#include "runtime/patterns/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace localfn::patterns {
namespace {

constexpr std::size_t kShownBytes = 60;

/// A value of the request as it may stand in a message on a terminal.
std::string shown(std::string_view value) {
  std::string text(value.substr(0, kShownBytes));
  for (auto& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F) c = '?';
  }
  return fmt::format("\"{}{}\"", text, value.size() > kShownBytes ? "..." : "");
}

std::string explain(const char* list, const Condition& condition, const ConditionFinding& finding) {
  const auto subject = fmt::format("{} {}: ", list, condition.description());
  if (!finding.value) return subject + "the request has none";
  if (finding.result == MatchResult::LimitExceeded) {
    return subject + shown(*finding.value) + " takes the expression too many steps";
  }
  if (finding.reason.empty()) return subject + "the request has " + shown(*finding.value);
  return subject + shown(*finding.value) + " " + finding.reason;
}

}  // namespace

Conditions::Conditions(std::vector<Condition> has, std::vector<Condition> missing)
    : has_(std::move(has)), missing_(std::move(missing)) {
  for (const auto& condition : has_) {
    for (const auto& name : condition.parameter_names()) {
      const auto& known = parameter_names_;
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        parameter_names_.push_back(name);
      }
    }
  }
}

void Conditions::store(const Condition& condition, const ConditionFinding& finding,
                       std::vector<std::string>& parameters) const {
  for (std::size_t i = 0; i < condition.parameter_names().size(); ++i) {
    const auto found =
        std::find(parameter_names_.begin(), parameter_names_.end(), condition.parameter_names()[i]);
    parameters[static_cast<std::size_t>(found - parameter_names_.begin())] = finding.parameters[i];
  }
}

MatchResult Conditions::evaluate(const ConditionRequest& request,
                                 std::vector<std::string>& parameters, std::string* why) const {
  parameters.assign(parameter_names_.size(), std::string());
  for (const auto& condition : has_) {
    const auto finding = condition.evaluate(request);
    if (finding.result != MatchResult::Match) {
      if (why != nullptr) *why = explain("has", condition, finding);
      return finding.result;
    }
    store(condition, finding, parameters);
  }
  for (const auto& condition : missing_) {
    const auto finding = condition.evaluate(request);
    if (finding.result != MatchResult::NoMatch) {
      if (why != nullptr) *why = explain("missing", condition, finding);
      const bool found = finding.result == MatchResult::Match;
      return found ? MatchResult::NoMatch : MatchResult::LimitExceeded;
    }
  }
  return MatchResult::Match;
}

}  // namespace localfn::patterns
