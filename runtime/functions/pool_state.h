// What is behind Pool: all groups, the instances that are leaving, and the one mutex of the policy.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/functions/group.h"
#include "runtime/functions/pool.h"

namespace localfn {

class Pool::State {
 public:
  State(PoolOptions options, Spawner& spawner, const ChangeLog& changes, LogSink log);

  Outcome invoke(const Invocation& invocation, ResponseSink& sink, ServedBy& served_by);
  Clock::time_point tend(const Project& project);
  std::vector<std::string> take_restarted();
  void renew(const std::vector<std::string>& functions);
  void listen();
  bool await_unfinished(Deadline deadline);
  std::size_t unfinished() const;
  void drain(Deadline deadline);
  std::size_t instance_count() const;
  std::size_t in_flight() const;

 private:
  using InstancePtr = std::shared_ptr<Instance>;

  FunctionGroup& group(const std::string& function);
  std::optional<Outcome> acquire(const Invocation& invocation, Lease& lease);
  std::optional<Outcome> spawn(const Invocation& invocation, const Lease& lease);
  Outcome serve(const Invocation& invocation, Lease& lease, ResponseSink& sink,
                ServedBy& served_by);
  std::string load_frame(const Invocation& invocation) const;
  void leave();

  std::vector<InstancePtr> unattended() const;
  bool stop_listening();
  bool look_after(Instance& instance);
  void tend_listed(const Project& project);
  std::vector<InstancePtr> tend_leaving();
  static void enforce_orphans_deadline(Instance& instance);
  void tend_instance(FunctionGroup& group, const InstancePtr& instance, const Project& project);
  Clock::time_point next_visit() const;
  void stop_all(Fate fate);
  void see_off(Deadline deadline);
  void hear_out(Instance& instance, Deadline until);

  const PoolOptions options_;
  Spawner& spawner_;
  const ChangeLog& changes_;
  const LogSink log_;

  mutable std::mutex mutex_;
  std::condition_variable quiet_;
  std::map<std::string, std::unique_ptr<FunctionGroup>, std::less<>> groups_;
  Leaving leaving_;
  std::size_t active_ = 0;  ///< threads inside invoke()
  std::optional<Clock::time_point> listen_until_;
  bool closed_ = false;
};

}  // namespace localfn
