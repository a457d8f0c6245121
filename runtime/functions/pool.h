// Instances of functions: who serves a request, who is started, who is retired.
//
// Policy: an idle instance (the one used last) serves; with none idle another is started, up to
// max_instances a function; at that limit a request shares the least loaded one; past 100
// invocations in each it waits, first come first served, at most 5 s. An ASGI app, and with
// Project::fluid every function, shares its instance from the first concurrent request on; another
// is started when that one is full.
// invoke() runs on the connection's thread, from the lease to the last byte of the answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "runtime/functions/invocation.h"
#include "runtime/functions/supervisor.h"
#include "runtime/project/change_log.h"

namespace localfn {

struct PoolOptions {
  std::size_t max_instances = 10;       ///< per function
  std::chrono::seconds idle{300};       ///< an instance idle for longer is retired
  std::chrono::milliseconds import_limit{10'000};
  std::chrono::milliseconds queue_limit{5'000};
  std::size_t max_shared = 100;         ///< invocations in one instance
  /// After an instance has died without an answer; doubled by each further one, up to 5 s.
  std::chrono::milliseconds crash_delay{100};
  bool plain_path = false;              ///< LoadFrame::plain_path
  bool fresh_threads = false;           ///< LoadFrame::fresh_threads
  bool debug = false;
  std::uint16_t port = 0;
  std::string vercel_url;               ///< added to the environment of every instance
  std::string terminal;                 ///< these three as in LoadFrame: for debuggers
  bool post_mortem = false;
  std::uint16_t debugpy = 0;
};

class Pool {
 public:
  Pool(PoolOptions options, Spawner& spawner, const ChangeLog& changes, LogSink log);
  ~Pool();

  /// Runs one invocation to its end. Never throws. `served_by` is filled as far as known.
  Outcome invoke(const Invocation& invocation, ResponseSink& sink, ServedBy& served_by);

  /// Retires idle instances that are stale or idle for too long; moves log bytes of idle
  /// instances. Main loop, every so often and after each change. Returns when it wants to be
  /// called again at the latest.
  Clock::time_point tend(const Project& project);

  /// On wire::kUnreadSignal, before tend(): what instances say while they are idle is looked for
  /// often for a while.
  void listen();

  /// Functions whose instances `tend` found stale since the last call: "api/hello.py", sorted.
  std::vector<std::string> take_restarted();

  /// Retires the instances of these functions, although they are fresh: the next invocation of each
  /// starts a new one. Those with invocations finish them first.
  void renew(const std::vector<std::string>& functions);

  /// Waits until nothing runs any more after its answer, at most until `deadline`, while another
  /// thread tends. WebSockets do not count. False: not in time.
  bool await_unfinished(Deadline deadline);
  /// How many such invocations there are.
  std::size_t unfinished() const;

  /// No new invocations; instances end when their invocations have, at the latest at `deadline`.
  void drain(Deadline deadline);

  std::size_t instance_count() const;
  std::size_t in_flight() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace localfn
