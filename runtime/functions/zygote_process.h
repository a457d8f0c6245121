// The zygote as a child process of the host: started by exec, killed with its group, reaped once.
//
// Belongs to the supervisor's thread: PDEATHSIG of the zygote is tied to the thread that starts it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/functions/output.h"

namespace localfn {

class ZygoteProcess {
 public:
  /// Runs `worker --control FD arguments…` in a process group of its own, with /dev/null as its
  /// standard input, no blocked and no ignored signals. Throws std::system_error.
  ZygoteProcess(const std::string& worker, const std::vector<std::string>& arguments,
                const LogSink& log);
  /// Kills and reaps it when that has not been done.
  ~ZygoteProcess();
  ZygoteProcess(const ZygoteProcess&) = delete;
  ZygoteProcess& operator=(const ZygoteProcess&) = delete;

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }  ///< readable once it has ended
  UniqueFd take_control() { return std::move(control_); }
  InstanceOutput& output() { return *output_; }
  Clock::time_point started() const { return started_; }

  void kill();
  /// Waits for its end and reaps it. False: it still runs at `deadline`.
  bool reap(Deadline deadline, int& wait_status);

 private:
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  UniqueFd control_;
  std::unique_ptr<InstanceOutput> output_;
  Clock::time_point started_;
};

}  // namespace localfn
