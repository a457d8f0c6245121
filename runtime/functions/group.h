// The instances of one function and who waits for them: the policy, without any waiting.
//
// Every member is called with the pool's mutex held. Nothing here blocks or touches a socket,
// except for Stop frames and messages to the spawner, which never wait.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/functions/instance.h"
#include "runtime/functions/pool.h"

namespace localfn {

/// The right to run one invocation in an instance.
struct Lease {
  std::shared_ptr<Instance> instance;
  bool cold = false;    ///< the instance has yet to be spawned by whoever holds this
  bool shared = false;  ///< another invocation was running in it
  std::uint64_t overlaps = 0;
  bool never_seen = false;  ///< the instance had gone before it could read the request
};

/// Instances that take no more requests but have not gone yet.
using Leaving = std::vector<std::shared_ptr<Instance>>;

class FunctionGroup {
 public:
  FunctionGroup(std::string function, const PoolOptions& options, Spawner& spawner,
                const ChangeLog& changes, Leaving& leaving);

  /// A request for which there is no place yet; lives on its thread's stack.
  struct Waiter {
    const Invocation* invocation = nullptr;
    std::condition_variable woken;
    std::optional<Lease> lease;
    std::optional<Outcome> refused;
  };

  /// Gives `waiter` a lease or a refusal at once where possible; false: it has been queued.
  bool admit(Waiter& waiter);
  /// The waiter gives up.
  void withdraw(Waiter& waiter);

  /// The invocation of `lease` is over. `kept`: it still runs there, its client has gone.
  void release(const Lease& lease, const Outcome& outcome, bool kept);
  /// The instance could not be spawned at all.
  void spawn_failed(const Lease& lease);
  /// Gives places to those who wait, in their order.
  void serve_waiters();

  /// Takes the instance off the list: when idle it is asked to leave, else it finishes first.
  void retire(const std::shared_ptr<Instance>& instance);
  /// Orphans of the instance may have ended, or the instance itself.
  void settle(const std::shared_ptr<Instance>& instance);

  const std::vector<std::shared_ptr<Instance>>& all() const { return all_; }
  /// Refuses those who wait: the server stops.
  void refuse_waiters(const std::string& reason);
  const std::string& function() const { return function_; }
  bool take_restarted() { return std::exchange(restarted_, false); }
  void note_restart() { restarted_ = true; }
  std::size_t waiting() const { return waiters_.size(); }

 private:
  bool find_place(Waiter& waiter);
  std::shared_ptr<Instance> idle_instance(const Project& project);
  std::shared_ptr<Instance> least_loaded(const Project& project);
  bool one_loop(const Function& function);
  bool being_spawned() const;
  void share(Waiter& waiter, const std::shared_ptr<Instance>& busy);
  std::optional<Outcome> held_back() const;
  Lease start(const Invocation& invocation);
  void note_end(Instance& instance, const Outcome& outcome);
  void leave(const std::shared_ptr<Instance>& instance);
  void unlist(const std::shared_ptr<Instance>& instance);

  const std::string function_;
  const PoolOptions& options_;
  Spawner& spawner_;
  const ChangeLog& changes_;
  Leaving& leaving_;

  // Shared with the threads whose invocations run in them: see instance.h.
  std::vector<std::shared_ptr<Instance>> all_;   ///< those that take requests
  std::vector<std::shared_ptr<Instance>> idle_;  ///< of them; the one used last at the end
  std::deque<Waiter*> waiters_;
  bool restarted_ = false;
  std::optional<wire::Interface> interface_;  ///< of the last instance that became ready

  /// Instances that died while importing, one after the other.
  unsigned crashes_ = 0;
  Clock::time_point no_start_before_{};
  std::uint64_t crash_change_ = 0;
  Died last_crash_;
};

}  // namespace localfn
