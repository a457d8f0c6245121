#include "runtime/patterns/condition_operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace localfn::patterns {
namespace {

/// A decimal number and nothing else; NaN otherwise, which compares with nothing.
double number_in(std::string_view value) {
  double number = 0;
  const auto* end = value.data() + value.size();
  const auto [rest, error] = std::from_chars(value.data(), end, number);
  return error == std::errc() && rest == end && std::isfinite(number) ? number : std::nan("");
}

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string listed(const std::vector<std::string>& list) {
  std::string text;
  for (const auto& item : list) text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", item);
  return "[" + text + "]";
}

std::string failed_equality(const std::variant<std::string, double>& expected,
                            std::string_view value) {
  if (const auto* text = std::get_if<std::string>(&expected)) {
    return *text == value ? "" : fmt::format("is not \"{}\"", *text);
  }
  const double number = std::get<double>(expected);
  return number_in(value) == number ? "" : fmt::format("is not {}", number);
}

std::string failed_text_operator(const ConditionOperators& operators, std::string_view value) {
  if (operators.neq && *operators.neq == value) return fmt::format("is \"{}\"", *operators.neq);
  if (operators.inc && !contains(*operators.inc, value)) {
    return "is none of " + listed(*operators.inc);
  }
  if (operators.ninc && contains(*operators.ninc, value)) {
    return "is one of " + listed(*operators.ninc);
  }
  if (operators.pre && !value.starts_with(*operators.pre)) {
    return fmt::format("does not start with \"{}\"", *operators.pre);
  }
  if (operators.suf && !value.ends_with(*operators.suf)) {
    return fmt::format("does not end with \"{}\"", *operators.suf);
  }
  return "";
}

std::string failed_number_operator(const ConditionOperators& operators, std::string_view value) {
  const double number = number_in(value);
  if (operators.gt && !(number > *operators.gt)) return fmt::format("is not > {}", *operators.gt);
  if (operators.gte && !(number >= *operators.gte)) {
    return fmt::format("is not >= {}", *operators.gte);
  }
  if (operators.lt && !(number < *operators.lt)) return fmt::format("is not < {}", *operators.lt);
  if (operators.lte && !(number <= *operators.lte)) {
    return fmt::format("is not <= {}", *operators.lte);
  }
  return "";
}

}  // namespace

std::string failed_operator(const ConditionOperators& operators, std::string_view value) {
  std::string reason = operators.eq ? failed_equality(*operators.eq, value) : "";
  if (reason.empty()) reason = failed_text_operator(operators, value);
  if (reason.empty()) reason = failed_number_operator(operators, value);
  return reason;
}

}  // namespace localfn::patterns
