// Asks probes: in their order where that matters, several at a time where it does not.
//
// Used by the thread that runs a command; the lanes of a stage have threads of their own.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/cli/answerer.h"
#include "runtime/probes/report.h"
#include "runtime/probes/verdict.h"

namespace localfn::cli {

struct AskerOptions {
  std::size_t jobs = 4;  ///< probes at the same time, at most
  bool fail_slow = false;
};

class Asker {
 public:
  explicit Asker(AskerOptions options) : options_(std::move(options)) {}

  /// What ${name} stands for where no probe has kept a value.
  void give(probes::Values given) { given_ = std::move(given); }

  /// Results of the chosen probes by index. What probes keep stays for the next call. Ends early,
  /// without the missing results, after stop().
  std::map<std::size_t, probes::Result> ask(Answerer& answerer,
                                            const std::vector<probes::Probe>& probes,
                                            const std::set<std::size_t>& chosen);

  /// Any thread. What is being asked ends by itself or with the engine.
  void stop();

 private:
  probes::Result with_tries(Answerer& answerer, const probes::Probe& probe, probes::Values& kept);
  probes::Result once(Answerer& answerer, const probes::Probe& written,
                      const probes::Probe& asked) const;
  void pause(milliseconds time);

  const AskerOptions options_;
  probes::Values given_;
  std::map<std::string, probes::Values> kept_;  ///< by the file of the probes
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
};

}  // namespace localfn::cli
