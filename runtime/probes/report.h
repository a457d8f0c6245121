// What a run of probes has found, for people, for CI and for programs. Pure.
#pragma once

#include <string>
#include <vector>

#include "runtime/probes/verdict.h"

namespace localfn::probes {

struct Result {
  Probe probe;  ///< as asked
  Response response;
  std::string function;  ///< the file that answered; may be empty
  std::vector<Failure> failures;
  std::vector<std::string> log;  ///< what the function printed, and what the host said of it
  bool slow = false;             ///< it took longer than its limit

  bool passed() const { return failures.empty(); }
};

/// "ok   GET /api/hello   200   3.1 ms  api/hello.py", and under a failure what was expected, what
/// came and the function's log.
std::string to_text(const Result& result);

/// "12 passed, 1 failed", or "12 passed, 1 failed, 2 slow".
std::string summary(const std::vector<Result>& results);

std::string to_junit(const std::vector<Result>& results);
std::string to_tap(const std::vector<Result>& results);
std::string to_json(const std::vector<Result>& results);

/// Under a failure: what was expected, what came, the function's log; several lines.
std::string details_of(const Result& result);

}  // namespace localfn::probes
