// Which instances exist, and how those ended that do not any more.
//
// Written by the supervisor as messages of the zygote come in, asked by any thread. Thread-safe.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"

namespace localfn {

class Ledger {
 public:
  std::uint32_t open();           ///< a new id; never 0
  void cancel(std::uint32_t id);  ///< it has not been asked for after all
  /// It waits to be asked for, and the zygote that it waited for first has taken it along.
  void reopen(std::uint32_t id);

  void spawned(std::uint32_t id, pid_t pid, UniqueFd pidfd);
  void spawn_failed(std::uint32_t id);
  void exited(std::uint32_t id, int wait_status);

  /// The zygote has gone, and with it the news of its instances: kills the process groups of those
  /// that are not known to have ended, and closes their entries. Those in `but` were not born by it.
  void lose_all(const std::set<std::uint32_t>& but = {});
  /// The same for one of them, whose zygote was another.
  void lose(std::uint32_t id);

  /// It is to be ended: whoever has not asked for it yet shall not.
  void unwant(std::uint32_t id);
  bool wanted(std::uint32_t id) const;

  bool alive(std::uint32_t id) const;
  std::size_t alive_count() const;
  std::vector<std::uint32_t> alive_ids() const;

  /// False: not known in time, or never to be known.
  bool await_exit(std::uint32_t id, Deadline deadline, int& wait_status);
  bool await_none(Deadline deadline);

  /// Queues `signal_number` to the instance's process, at once or as soon as it is born.
  void signal(std::uint32_t id, int signal_number);

 private:
  enum class State { Unborn, Alive, Exited, Lost };
  struct Entry {
    State state = State::Unborn;
    pid_t pid = 0;
    UniqueFd pidfd;
    int wait_status = 0;
    int waiting_signal = 0;
    bool unwanted = false;
  };

  void close(std::uint32_t id, Entry& entry, State state);
  bool is_alive(const Entry& entry) const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint32_t last_id_ = 0;
  std::size_t alive_ = 0;
  std::map<std::uint32_t, Entry> entries_;
  std::deque<std::uint32_t> closed_;  ///< oldest first; only the latest are remembered
};

}  // namespace localfn
