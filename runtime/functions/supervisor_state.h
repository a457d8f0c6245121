// What is behind Supervisor: the loop of its thread, and what other threads share with it.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "runtime/functions/control.h"
#include "runtime/functions/learned_zygotes.h"
#include "runtime/functions/ledger.h"
#include "runtime/functions/lessons.h"
#include "runtime/functions/scan_board.h"
#include "runtime/functions/supervisor.h"
#include "runtime/functions/zygote_process.h"

namespace localfn {

class Supervisor::State {
 public:
  explicit State(Options options);

  void start();
  void shutdown(Deadline deadline);
  std::string python_version(Deadline deadline);
  int zygote_pid() const;
  std::vector<wire::Entry> scan(wire::ControlType question, const std::vector<std::string>& paths);
  SpawnedInstance spawn();
  void kill(std::uint32_t id);
  void watch(std::shared_ptr<InstanceOutput> output);
  void learn(wire::Lesson seen, bool outdated);

  Ledger ledger;

 private:
  void run();
  void serve_events(Deadline until);
  void handle_event(std::uint64_t tag);
  void read_control();
  void handle_message(wire::ControlMessage& message, UniqueFd fd);
  void read_output(std::uint32_t id);
  void forget_ended_outputs();

  Deadline next_lesson() const;
  void teach();
  void hand_out(const wire::Lesson& lesson);
  void read_learned(std::uint32_t number);
  bool hear_learned(std::uint32_t number);
  void handle_learned(std::uint32_t number, wire::ControlMessage& message, UniqueFd fd);
  void learned_ended(std::uint32_t number);
  void give_back(LearnedZygotes::Lost lost);
  void lose_learned();
  void spawn_elsewhere(std::uint32_t id, UnbornEnds ends);
  void note(const std::string& text) const;

  void forget_unborn(std::uint32_t id);
  bool ask_again(std::uint32_t id);
  std::set<std::uint32_t> take_unborn();
  void start_zygote();
  void zygote_said_hello(const wire::ControlMessage& message);
  void zygote_ended();
  void zygote_failed(const std::string& reason);
  void end_everything();

  bool send(const wire::ControlMessage& message, std::initializer_list<int> fds, Deadline deadline);
  void await_zygote(std::unique_lock<std::mutex>& lock, Deadline deadline);
  bool ask_for(std::uint32_t id, UnbornEnds& ends, Deadline deadline);
  bool send_spawn(std::uint32_t id, const UnbornEnds& ends, Deadline deadline);
  void add_to_epoll(int fd, std::uint64_t tag);
  void wake();

  /// A zygote that takes no Spawn message for so long is given up.
  static constexpr milliseconds kSpawnLimit{1000};

  const Options options_;
  const UniqueFd epoll_;
  const UniqueFd wake_;
  std::thread thread_;

  // Of the supervisor's thread.
  /// Tags of the epoll set: this and the number of a learned zygote.
  static constexpr std::uint64_t kLearned = 5ull << 32;
  std::unique_ptr<ZygoteProcess> zygote_;
  int control_in_ = -1;  ///< borrowed from control_, which only this thread replaces
  bool said_hello_ = false;
  unsigned failures_ = 0;  ///< in a row
  Clock::time_point start_at_{};
  Clock::time_point next_sweep_{};

  mutable std::mutex mutex_;  ///< guards the following
  std::condition_variable changed_;
  UniqueFd control_;
  bool broken_ = false;  ///< the zygote has gone, but its end has not been handled yet
  bool up_ = false;      ///< it has said Hello
  int pid_ = 0;
  std::string version_;
  std::string failure_;  ///< of the latest start or end; empty while all is well
  struct Unborn {
    UnbornEnds ends;
    bool asked_again = false;  ///< it, or its zygote, had ended before it was born
  };
  std::map<std::uint32_t, Unborn> unborn_;  ///< what the plain zygote was asked for
  bool stopping_ = false;
  std::optional<Deadline> stop_deadline_;

  std::mutex watch_mutex_;
  std::map<std::uint32_t, std::shared_ptr<InstanceOutput>> watched_;

  ScanBoard scans_;
  Lessons lessons_;
  LearnedZygotes learned_;
};

}  // namespace localfn
