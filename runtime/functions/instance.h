// One instance as the host sees it: its channel, its output, what it has loaded, how it ended.
//
// Made by the pool; used by every thread whose invocation runs in it and by Pool::tend, hence
// shared: the last of them to leave destroys it. Thread-safe, except `standing`, which the pool's
// mutex guards.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/functions/channel.h"
#include "runtime/functions/instance_state.h"
#include "runtime/functions/invocation.h"
#include "runtime/functions/output.h"
#include "runtime/functions/standstill.h"
#include "runtime/functions/supervisor.h"
#include "runtime/project/change_log.h"

namespace localfn {

class Instance {
 public:
  Instance(Spawner& spawner, const Invocation& first, std::uint64_t change,
           milliseconds import_limit);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// Takes the host's ends. Before this the instance is Spawning and nobody else may use it.
  /// Throws std::system_error; the process is then ended.
  void adopt(SpawnedInstance spawned, const LogSink& log);

  /// Sends the Load frame; then others may use the instance too. When it cannot be sent the first
  /// call finds out why.
  void load(std::string_view frame);
  bool loaded() const;

  std::uint64_t started_change() const { return started_change_; }
  std::uint32_t id() const { return id_; }
  const std::string& function() const { return function_; }
  Channel& channel() { return *channel_; }
  InstanceOutput& output() { return *output_; }
  Spawner& spawner() { return spawner_; }
  std::string title() const;  ///< "instance 7 of api/hello.py (Busy)", for messages
  InstanceState state() const;

  /// A number for an invocation that starts here; `id` owns the pipes while it is alone.
  std::uint32_t begin(std::string_view id, bool shared);
  /// The invocation is over; its output has been handed out when this returns.
  void finish(std::uint32_t invocation);
  /// Hands out unfinished lines of what has outlived its invocation.
  void flush_late();
  /// The instance is over: hands out what is in its pipes, and all unfinished lines.
  void finish_output();

  /// Makes an instance that runs an unshared invocation read its channel again. Waits with that
  /// until the import is over: before it the instance has no handler for the signal.
  void prepare_to_share();

  /// Asks for a Stack frame of each of its invocations. Any thread.
  void ask_for_stacks();
  /// Asks where its import is; import_place() has the answer once its Stack frame has been read.
  void ask_for_import();
  std::string import_place() const;

  /// An invocation that nobody waits for any more; the instance still runs it.
  struct Orphan {
    std::uint32_t invocation = 0;
    std::string id;
    Deadline deadline;
    microseconds stood_before{0};  ///< of the instance's standstill: what the deadline knows of
    bool keeps_place = false;  ///< it counts as in flight until its End
    bool answered = false;     ///< its client has the whole answer: what it raises is news
    bool connected = false;    ///< it has its client's connection for its own: a WebSocket
    int status = 0;            ///< of its answer, if there is one
    milliseconds limit{0};     ///< its maxDuration, for messages
    bool told = false;         ///< why it ends before it is done
    LineBuffer out, err;
  };
  void abandon(Orphan orphan);
  bool has_orphans() const;
  std::size_t connections() const;       ///< those that are WebSockets
  std::size_t unfinished() const;        ///< whose client has its answer; none once it is gone
  bool only_connections() const;         ///< there is no other
  std::size_t orphans_in_place() const;  ///< those that count as in flight
  bool orphan_overdue() const;           ///< one of those, and it has been told of
  /// Says of each that is past its deadline that it is ended, once.
  void tell_overdue();
  /// Its process has ended: says of each whose client has its answer that it was not done.
  void tell_unfinished();
  std::size_t take_ended_orphans();  ///< ended since the last call, of those that kept their place

  /// A frame that belongs to no waiting invocation: the import's result, log output, or an
  /// orphan's. False: it breaks the protocol and `why` says how.
  bool foreign(const wire::FrameHeader& header, std::string_view payload, std::string& why);
  /// The same for frames that had been on their way to an invocation which was then abandoned:
  /// what makes no sense any more is dropped.
  void leftover(const wire::FrameHeader& header, std::string_view payload);

  /// How its function is called; nothing before it is ready.
  std::optional<wire::Interface> interface() const;

  bool importing() const;
  Deadline import_deadline() const { return standstill_.extended(import_deadline_, {}); }
  /// How long it has stood still in a debugger, where no deadline of it runs.
  const Standstill& standstill() const { return standstill_; }
  milliseconds import_limit() const { return import_limit_; }
  microseconds init() const;
  wire::ImportFailedFrame import_failure() const;

  /// Whether it runs the code of this moment. `strict`: while it imports, any change counts.
  bool fresh(const ChangeLog& changes, std::uint64_t environment_version, bool strict);
  void learn(wire::Loaded&& loaded);

  Fate fate() const;
  std::string fate_reason() const;
  /// No more requests; those that run may go on until `kill_at`, which is no time for one that was
  /// too slow while the instance stands still. The first fate counts.
  void condemn(Fate fate, std::string reason, std::optional<Clock::time_point> kill_at);
  std::optional<Clock::time_point> kill_at() const;
  /// condemn(), close the channel and kill the process group. Returns at once.
  void end(Fate fate, std::string reason = {});
  /// Asks it to leave by itself (atexit callbacks run).
  void ask_to_stop(Clock::time_point kill_at);

  /// How an instance that has closed its channel came to its end. Waits a moment for the status.
  Died autopsy();

  /// The pool's view; guarded by the pool's mutex.
  struct Standing {
    std::size_t in_flight = 0;
    /// How often an invocation joined a running one; read without the mutex as well.
    std::atomic<std::uint64_t> overlaps{0};
    bool answered = false;       ///< it has given an answer of any kind
    bool listed = false;         ///< among the instances that take requests
    bool crash_counted = false;
    Clock::time_point idle_since{};
  } standing;

 private:
  struct Running {
    std::uint32_t invocation;
    std::string id;
  };
  struct Ended : Running {
    LineBuffer out, err;  ///< of what it leaves running
  };

  void note_import_place(std::string_view text);
  bool became_ready(std::string_view payload, std::string& why);
  void teach(std::string_view load_frame, wire::ReadyFrame& ready);
  bool failed_to_import(std::string_view payload, std::string& why);
  bool orphan_frame(const wire::FrameHeader& header, std::string_view payload, std::string& why);
  bool orphan_body_end(std::string_view payload, std::string& why);
  bool log_frame(const wire::FrameHeader& header, std::string_view payload, std::string& why);
  void end_orphan(std::uint32_t invocation, const wire::Failure& failure);
  void show_owner();
  void remember(Running running);
  std::string place_of_failure(const Orphan& orphan) const;
  template <typename Say>
  void tell_of_orphans(const Say& say);
  void say_of(const std::string& id, const std::string& text);
  bool log_late(std::uint32_t invocation, const wire::LogFrame& frame);

  /// What an invocation leaves running may still speak in its name while so many others have ended.
  static constexpr std::size_t kRemembered = 256;

  Spawner& spawner_;
  const std::string function_;
  const std::uint64_t started_change_;
  const std::uint64_t environment_version_;
  const milliseconds import_limit_;
  const Deadline import_deadline_;
  Standstill standstill_;
  std::uint32_t id_ = 0;
  std::string load_frame_;  ///< until it is ready
  std::unique_ptr<Channel> channel_;
  std::shared_ptr<InstanceOutput> output_;

  mutable std::mutex mutex_;
  bool adopted_ = false, load_sent_ = false, ready_ = false, gone_ = false;
  std::uint32_t unshared_ = 0;  ///< the running invocation that nothing may be added to; 0: none
  bool ask_when_ready_ = false;
  wire::Interface interface_{};  ///< once it is ready
  microseconds init_{0};
  wire::ImportFailedFrame import_failure_;
  std::string import_place_;
  std::vector<Orphan> orphans_;
  std::size_t ended_orphans_ = 0;
  std::vector<std::string> depends_on_;  ///< files and directories
  std::uint64_t verified_change_;
  Fate fate_ = Fate::Serving;
  std::string fate_reason_;
  std::optional<Clock::time_point> kill_at_;

  mutable std::mutex running_mutex_;  ///< apart, because the LogSink is called with it held
  std::uint32_t last_invocation_ = 0;
  std::vector<Running> running_;
  std::vector<Ended> ended_;      ///< a ring of the last kRemembered
  std::size_t oldest_ended_ = 0;  ///< of a full ring
};

}  // namespace localfn
