#include "runtime/checks/finding.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "runtime/checks/codes.h"

namespace localfn::checks {
namespace {

/// The column of a byte in a line of UTF-8, both from 1.
int in_characters(std::string_view line, int column) {
  const auto before = line.substr(0, static_cast<std::size_t>(std::max(column - 1, 0)));
  const auto continued = std::count_if(before.begin(), before.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
  });
  return column - static_cast<int>(continued);
}

auto order_of(const Finding& each) {
  return std::tie(each.file, each.line, each.column, each.code, each.message);
}

/// Takes ":12" off the front; 0 where it does not begin with that.
int take_number(std::string_view& text) {
  int number = 0;
  if (!text.starts_with(':')) return 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  if (error != std::errc()) return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::Hint:
      return "hint";
    case Severity::Warning:
      return "warning";
    case Severity::Error:
      return "error";
  }
  return "error";
}

Place read_place(std::string_view text) {
  Place place{std::string(text.substr(0, text.find(':'))), 0, 0};
  text.remove_prefix(place.file.size());
  place.line = take_number(text);
  place.column = take_number(text);
  return place;
}

Finding finding(std::string_view code, Place place, std::string message, std::string fix) {
  const Code* known = find_code(code);
  if (known == nullptr) throw std::logic_error("no such code: " + std::string(code));
  return {std::string(code), known->severity,    std::move(place.file), place.line,
          place.column,      std::move(message), std::move(fix),        {}};
}

Finding finding_of(std::string_view code, const Diagnostic& problem, std::string fix) {
  Finding made = finding(code, {problem.file, problem.line, 0}, problem.message, std::move(fix));
  made.column = in_characters(problem.excerpt, problem.column);
  made.platform = problem.platform;
  return made;
}

void put_in_order(Findings& findings) {
  std::sort(findings.begin(), findings.end(),
            [](const Finding& a, const Finding& b) { return order_of(a) < order_of(b); });
  const auto end = std::unique(findings.begin(), findings.end(), [](const auto& a, const auto& b) {
    return order_of(a) == order_of(b);
  });
  findings.erase(end, findings.end());
}

}  // namespace localfn::checks
