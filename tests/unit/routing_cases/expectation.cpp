#include "tests/unit/routing_cases/expectation.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace localfn::cases {
namespace {

[[noreturn]] void refuse(const std::string& line, const char* why) {
  throw std::runtime_error("cannot read \"" + line + "\": " + why);
}

bool is_status(const std::string& word) {
  return word.size() == 3 &&
         std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c); });
}

/// Takes " 404" off the end of the text; 0 when it does not end so.
int take_status(std::string& text) {
  const std::size_t space = text.rfind(' ');
  if (space == std::string::npos || !is_status(text.substr(space + 1))) return 0;
  const int status = std::stoi(text.substr(space + 1));
  text.resize(space);
  return status;
}

Expected function_from(std::string rest, const std::string& line) {
  Expected expected;
  expected.reaches = Reaches::Function;
  expected.status = take_status(rest);
  const std::size_t slash = rest.find(" /");
  if (slash == std::string::npos) refuse(line, "a function is written: function FILE /TARGET");
  expected.file = rest.substr(0, slash);
  expected.target = rest.substr(slash + 1);
  return expected;
}

Expected static_from(std::string rest) {
  Expected expected;
  expected.reaches = Reaches::Static;
  expected.status = take_status(rest);
  if (expected.status == 0) expected.status = 200;
  expected.file = rest;
  return expected;
}

Expected with_leading_status(Reaches reaches, const std::string& rest, const std::string& line) {
  const std::size_t space = rest.find(' ');
  if (space == std::string::npos || !is_status(rest.substr(0, space))) {
    refuse(line, "the status comes first");
  }
  Expected expected;
  expected.reaches = reaches;
  expected.status = std::stoi(rest.substr(0, space));
  (reaches == Reaches::Error ? expected.code : expected.target) = rest.substr(space + 1);
  return expected;
}

Expected with_target(Reaches reaches, std::string rest) {
  Expected expected;
  expected.reaches = reaches;
  expected.status = take_status(rest);
  expected.target = rest;
  return expected;
}

/// "anything 206", or "anything found" for any status but 404.
Expected anything_from(const std::string& rest, const std::string& line) {
  if (rest != "found" && !is_status(rest)) refuse(line, "anything has a status, or is found");
  Expected expected;
  expected.reaches = Reaches::Anything;
  expected.status = rest == "found" ? 0 : std::stoi(rest);
  return expected;
}

}  // namespace

Expected parse_expectation(const std::string& line) {
  const std::size_t space = line.find(' ');
  if (space == std::string::npos) refuse(line, "a kind and what it reaches are needed");
  const std::string kind = line.substr(0, space);
  const std::string rest = line.substr(space + 1);
  if (kind == "function") return function_from(rest, line);
  if (kind == "static") return static_from(rest);
  if (kind == "redirect") return with_leading_status(Reaches::Redirect, rest, line);
  if (kind == "error") return with_leading_status(Reaches::Error, rest, line);
  if (kind == "proxy") return with_target(Reaches::Proxy, rest);
  if (kind == "anything") return anything_from(rest, line);
  if (kind == "listing") return with_target(Reaches::Listing, rest);
  if (kind == "framework") return with_target(Reaches::Framework, rest);
  refuse(line, "unknown kind");
}

void parse_ask(const std::string& line, Request& request) {
  request.text = line;
  if (line.starts_with('/')) {
    request.method = "GET";
    request.target = line;
    return;
  }
  const std::size_t space = line.find(' ');
  if (space == std::string::npos) refuse(line, "a request is written: METHOD TARGET");
  request.method = line.substr(0, space);
  request.target = line.substr(space + 1);
}

void parse_place(const std::string& place, ExpectedProblem& problem) {
  const std::size_t colon = place.find(':');
  problem.line = std::stoi(place.substr(0, colon));
  if (colon != std::string::npos) problem.column = std::stoi(place.substr(colon + 1));
}

}  // namespace localfn::cases
