// What instances have imported of installed packages, and which of it a zygote may not import.
//
// Instances report on any thread; the supervisor's thread teaches. Thread-safe.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/wire.h"

namespace localfn {

class Lessons {
 public:
  /// What a ready instance says: `seen` are modules that it had to import itself, in the function's
  /// surroundings. `outdated`: its zygote had learned, but files or the environment have changed.
  void report(wire::Lesson seen, bool outdated);

  /// An instance has been asked for: learning waits until nobody has asked for a while.
  void busy();

  /// When next() is to be asked again; nothing while there is nothing new.
  std::optional<Clock::time_point> due() const;

  /// The lesson for a new zygote, once it is due. It counts as taught from here on.
  std::optional<wire::Lesson> next();

  /// Importing `name` cannot be kept, or ended or stopped the zygote: the next lesson leaves it
  /// out, with the modules below it.
  void refuse(const std::string& name);

  /// The zygote that was taught has gone: the same lesson is to be given again, but not for ever.
  void repeat();

 private:
  bool refused(const std::string& name) const;

  mutable std::mutex mutex_;
  wire::Lesson known_;
  std::set<std::string> names_;
  std::set<std::string> refused_;
  bool wanted_ = false;
  unsigned attempts_ = 0;  ///< since something new was seen: lessons given
  Clock::time_point quiet_since_{};
};

}  // namespace localfn
