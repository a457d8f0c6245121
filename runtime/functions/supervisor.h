// Starts, watches and ends the zygote and the instances. Owns every child process.
//
// The supervisor has one thread of its own: it starts the zygote (whose PDEATHSIG is tied to the
// thread that started it), reads the control socket, restarts the zygote when it dies, and reads
// the output pipes of all instances. spawn(), kill() and scan() may be called on any thread: they
// send one message on the control socket. What it does about learned zygotes is in
// supervisor_learning.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/wire.h"
#include "runtime/functions/accounting.h"
#include "runtime/functions/output.h"

namespace localfn {

/// What a spawn gives to its caller: the host's ends.
struct SpawnedInstance {
  std::uint32_t id = 0;
  UniqueFd channel;  ///< SOCK_STREAM, CLOEXEC
  UniqueFd out;      ///< read end of its stdout, non-blocking
  UniqueFd err;      ///< read end of its stderr, non-blocking
};

/// The seam between pool and processes: unit tests of the pool use a fake.
class Spawner {
 public:
  virtual ~Spawner() = default;

  /// Asks for a new instance. Returns at once: the instance may still be unborn, its channel can be
  /// written to. Throws std::system_error when descriptors run out, std::runtime_error with the
  /// reason when there is no zygote.
  virtual SpawnedInstance spawn() = 0;

  /// Ends the instance and every process of its group. Returns at once. Unknown ids are ignored.
  virtual void kill(std::uint32_t id) = 0;

  /// Waits until the instance's end is known, at most until `deadline`. True: `wait_status` is set.
  virtual bool await_exit(std::uint32_t id, Deadline deadline, int& wait_status) = 0;

  /// Reads the output pipes of the instance `output->instance()` until they end, so that they
  /// never fill. Shared with the instance's pool: whoever is the last to need it may be either.
  virtual void watch(std::shared_ptr<InstanceOutput> output) = 0;

  /// Queues SIGRTMIN + kReadAgainSignal to the instance's process.
  virtual void ask_to_read_again(std::uint32_t id) = 0;

  /// Queues SIGRTMIN + kShowStackSignal to it.
  virtual void ask_for_stacks(std::uint32_t id) = 0;

  /// Queues SIGRTMIN + kShowImportSignal to it, which is to be ended whatever it says.
  virtual void ask_for_import(std::uint32_t /*id*/) {}

  /// What a ready instance has told of the packages that it imported; see Lessons::report. Returns
  /// at once. One that cannot teach its instances anything forgets it.
  virtual void learn(wire::Lesson /*seen*/, bool /*outdated*/) {}
};

class Supervisor : public Spawner {
 public:
  struct Options {
    std::string worker_path;             ///< the executable, absolute
    std::vector<std::string> arguments;  ///< after `--control FD`
    LogSink log;                         ///< lines of the zygote itself: function "", instance 0
    bool preload = true;                 ///< learn what instances import
    bool debug = false;                  ///< tell of what is learned and what is not
  };

  explicit Supervisor(Options options);
  ~Supervisor() override;  ///< shutdown() with a short deadline when that has not been done

  /// Starts the thread, which starts the zygote. Returns at once: Python gets up while the caller
  /// does other things. Throws std::system_error when there is no thread or descriptor to be had.
  void start();

  /// Waits until the zygote is up; "3.11.2". Throws std::runtime_error with the reason when it
  /// cannot be started, ends first, or says nothing until `deadline`.
  std::string python_version(Deadline deadline);

  /// The zygote's process id; 0 while there is none.
  int zygote_pid() const;

  /// An EntryScanner (runtime/project/workspace.h), with a deadline of 10 s.
  std::vector<wire::Entry> scan(const std::vector<std::string>& absolute_paths);

  /// The same with Entry::observations; they are left out of what scan() gives.
  std::vector<wire::Entry> inspect(const std::vector<std::string>& absolute_paths);

  SpawnedInstance spawn() override;
  void kill(std::uint32_t id) override;
  bool await_exit(std::uint32_t id, Deadline deadline, int& wait_status) override;
  void watch(std::shared_ptr<InstanceOutput> output) override;
  void ask_to_read_again(std::uint32_t id) override;
  void ask_for_stacks(std::uint32_t id) override;
  void ask_for_import(std::uint32_t id) override;
  void learn(wire::Lesson seen, bool outdated) override;

  /// Instances that have been asked for and whose end is not known yet.
  std::size_t alive() const;

  /// Ends all instances, then the zygote, and reaps them; the thread has ended when this returns.
  /// From here on spawn() throws. Until `deadline` they may go by themselves.
  void shutdown(Deadline deadline);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace localfn
