// Questions about entry points that are under way to the zygote, and their answers.
//
// run() is called on any thread; answered() and lost() on the supervisor's. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/wire.h"

namespace localfn {

class ScanBoard {
 public:
  /// Hands one question to the zygote, waiting for a zygote if need be. Throws std::exception.
  using Send = std::function<void(const wire::ControlMessage& question, Deadline deadline)>;

  /// Asks about all `paths`, a bounded number at a time, and once more about those that were under
  /// way when the zygote died. What stays unanswered is reported as unreadable with the reason.
  /// `question` is Scan or Inspect.
  std::vector<wire::Entry> run(wire::ControlType question, const std::vector<std::string>& paths,
                               const Send& send, Deadline deadline);

  void answered(std::uint32_t id, wire::Entry entry);
  void lost();  ///< the zygote has died

  /// Bounds what waits in the control socket: the zygote answers while it is asked.
  static constexpr std::size_t kWindow = 32;

 private:
  struct Run {
    wire::ControlType question;
    std::vector<wire::Entry> entries;
    std::vector<std::size_t> to_ask;  ///< the next one at the end
    std::size_t asked = 0;
    bool lost = false;
    std::condition_variable changed;
  };
  struct Question {
    Run* run;
    std::size_t index;
  };

  std::string ask_all(std::unique_lock<std::mutex>& lock, Run& run,
                      const std::vector<std::string>& paths, const Send& send, Deadline deadline);
  std::string ask_next(std::unique_lock<std::mutex>& lock, Run& run,
                       const std::vector<std::string>& paths, const Send& send, Deadline deadline);
  void take_back(Run& run);

  std::mutex mutex_;
  std::uint32_t last_id_ = 0;
  std::map<std::uint32_t, Question> questions_;
};

}  // namespace localfn
