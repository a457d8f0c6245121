// Whether an answer is what a probe asks for. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/probes/probe.h"

namespace localfn::probes {

/// One expectation that was not met.
struct Failure {
  std::string what;      ///< "status", "header content-type", "body", "json at /user/id"
  std::string expected;  ///< in words or as text; may have several lines
  std::string got;
  std::string diff = {};  ///< lines of difference(), where they say more than both texts
};

/// Empty: the probe has passed.
std::vector<Failure> check(const Probe& probe, const Response& response);

using Values = std::map<std::string, std::string, std::less<>>;

/// Adds what `probe` keeps of `response`; a value that is not there is a failure.
std::vector<Failure> keep_values(const Probe& probe, const Response& response, Values& values);

/// The probe with each ${name} of its path, headers, cookies and body replaced; $${name} stands for
/// the text ${name} itself. Names in `missing` have no value yet.
Probe with_values(const Probe& probe, const Values& values, std::vector<std::string>& missing);

}  // namespace localfn::probes
