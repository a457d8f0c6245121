// What must hold after every integration test, whatever the test was about.
//
// Before the server is stopped: no zombie below it, and no more descriptors than it had when it
// became ready (plus those of the instances that live). After it has ended: no process of it is
// left, not even one that was orphaned; its temporary folder is empty; its log holds no alarm that
// the test has not announced.
#pragma once

#include <string>
#include <vector>

#include "tests/support/running_localfn.h"
#include "tests/support/temp_folder.h"

namespace localfn::test {

class HygieneCheck {
 public:
  /// Makes this process the reaper of orphans, so that none escapes the check.
  HygieneCheck();

  const TempFolder& temp() const { return temp_; }

  /// The test knows of lines that contain `text`.
  void expect_log(std::string text) { expected_.push_back(std::move(text)); }

  /// The test's own functions, or tools that it starts, leave files in TMPDIR whose names end so.
  void expect_leftover(std::string end) { leftovers_.push_back(std::move(end)); }

  void became_ready(const RunningLocalfn& server);

  /// All of these return what is wrong, one line each; empty when all is well.
  std::vector<std::string> before_stop(const RunningLocalfn& server) const;
  std::vector<std::string> after_end(const RunningLocalfn& server) const;

 private:
  std::vector<std::string> alarms(const std::string& log) const;
  std::vector<std::string> leftovers() const;

  TempFolder temp_;
  std::vector<std::string> expected_;
  std::vector<std::string> leftovers_;
  std::size_t descriptors_when_ready_ = 0;
};

}  // namespace localfn::test
