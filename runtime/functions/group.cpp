#include "runtime/functions/group.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/project/class_handler.h"

namespace localfn {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds kLongestCrashDelay = 5s;
// The other invocations of an instance in which one has timed out may finish within this.
constexpr auto kTimeoutGrace = 5s;
// An instance that was asked to leave runs its atexit callbacks within this.
constexpr auto kStopGrace = 2s;

// For the second crash in a row and every further one.
milliseconds crash_delay(milliseconds first, unsigned crashes) {
  const auto doublings = std::min(crashes, 17u) - 2;
  return std::min(first * (1 << doublings), std::max(first, kLongestCrashDelay));
}

}  // namespace

FunctionGroup::FunctionGroup(std::string function, const PoolOptions& options, Spawner& spawner,
                             const ChangeLog& changes, Leaving& leaving)
    : function_(std::move(function)),
      options_(options),
      spawner_(spawner),
      changes_(changes),
      leaving_(leaving) {}

bool FunctionGroup::admit(Waiter& waiter) {
  // Whoever waits already comes first.
  if (waiters_.empty() && find_place(waiter)) return true;
  waiters_.push_back(&waiter);
  return false;
}

void FunctionGroup::withdraw(Waiter& waiter) { std::erase(waiters_, &waiter); }

void FunctionGroup::serve_waiters() {
  while (!waiters_.empty() && find_place(*waiters_.front())) {
    waiters_.front()->woken.notify_one();
    waiters_.pop_front();
  }
}

void FunctionGroup::refuse_waiters(const std::string& reason) {
  for (Waiter* waiter : waiters_) {
    waiter->refused = Overloaded{reason};
    waiter->woken.notify_one();
  }
  waiters_.clear();
}

bool FunctionGroup::find_place(Waiter& waiter) {
  const Project& project = *waiter.invocation->project;
  if (auto idle = idle_instance(project)) {
    idle->standing.in_flight = 1;
    waiter.lease = Lease{std::move(idle), false, false, 0};
    waiter.lease->overlaps = waiter.lease->instance->standing.overlaps;
    return true;
  }
  // Looked for before the limit is applied: it retires what is stale, and so makes room.
  auto busy = least_loaded(project);
  if (project.fluid || one_loop(*waiter.invocation->function)) {
    if (busy) return share(waiter, busy), true;
    if (being_spawned()) return false;
  }
  if (all_.size() < options_.max_instances) {
    waiter.refused = held_back();
    if (!waiter.refused) waiter.lease = start(*waiter.invocation);
    return true;
  }
  if (!busy) return false;
  share(waiter, busy);
  return true;
}

void FunctionGroup::share(Waiter& waiter, const std::shared_ptr<Instance>& busy) {
  // Counted first: one that has its lease but has not begun looks at the number once it has.
  ++busy->standing.overlaps;
  busy->prepare_to_share();
  ++busy->standing.in_flight;
  waiter.lease = Lease{busy, false, true, busy->standing.overlaps};
}

// An event loop takes all requests there are. Whether an app has one shows when it is ready: until
// the first has been, requests for it join the import instead of starting another.
bool FunctionGroup::one_loop(const Function& function) {
  for (const auto& instance : all_) {
    if (const auto known = instance->interface()) interface_ = known;
  }
  if (interface_) return *interface_ == wire::Interface::Asgi;
  return !is_class_handler(function);
}

/// One that has not got its Load frame, so that nobody may join it yet.
bool FunctionGroup::being_spawned() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const auto& instance) { return !instance->loaded(); });
}

std::shared_ptr<Instance> FunctionGroup::idle_instance(const Project& project) {
  while (!idle_.empty()) {
    auto instance = idle_.back();
    if (instance->fate() == Fate::Serving &&
        instance->fresh(changes_, project.environment_version, true)) {
      idle_.pop_back();
      return instance;
    }
    if (instance->fate() == Fate::Serving) restarted_ = true;
    retire(instance);
  }
  return nullptr;
}

std::shared_ptr<Instance> FunctionGroup::least_loaded(const Project& project) {
  std::shared_ptr<Instance> best;
  const auto candidates = all_;
  for (const auto& instance : candidates) {
    if (!instance->loaded()) continue;
    if (instance->fate() != Fate::Serving ||
        !instance->fresh(changes_, project.environment_version, true)) {
      retire(instance);
      continue;
    }
    if (instance->standing.in_flight >= options_.max_shared) continue;
    if (!best || instance->standing.in_flight < best->standing.in_flight) best = instance;
  }
  return best;
}

// A function that keeps dying is not started as fast as requests come, unless something that could
// mend it has changed.
std::optional<Outcome> FunctionGroup::held_back() const {
  if (crashes_ < 2 || Clock::now() >= no_start_before_) return std::nullopt;
  if (changes_.now() != crash_change_) return std::nullopt;
  Died died = last_crash_;
  died.head_sent = false;
  const auto wait = std::chrono::ceil<milliseconds>(no_start_before_ - Clock::now());
  died.reason = fmt::format(
      "cannot start an instance of {}: the last {} died while importing; the next one is "
      "started in {} ms",
      function_, crashes_, wait.count());
  return died;
}

Lease FunctionGroup::start(const Invocation& invocation) {
  // No import may outlast the invocation that it is for.
  const auto left = std::chrono::ceil<milliseconds>(invocation.deadline.remaining());
  auto instance = std::make_shared<Instance>(spawner_, invocation, changes_.now(),
                                             std::min(options_.import_limit, left));
  instance->standing.in_flight = 1;
  instance->standing.listed = true;
  all_.push_back(instance);
  return {instance, true, false, 0};
}

void FunctionGroup::spawn_failed(const Lease& lease) {
  unlist(lease.instance);
  serve_waiters();
}

void FunctionGroup::release(const Lease& lease, const Outcome& outcome, bool kept) {
  const auto& instance = lease.instance;
  auto& standing = instance->standing;
  if (!kept) --standing.in_flight;
  if (!lease.never_seen) note_end(*instance, outcome);
  if (std::holds_alternative<TimedOut>(outcome)) {
    instance->condemn(Fate::TimedOut, {}, Clock::now() + kTimeoutGrace);
  }
  settle(instance);
}

void FunctionGroup::settle(const std::shared_ptr<Instance>& instance) {
  auto& standing = instance->standing;
  standing.in_flight -= std::min(standing.in_flight, instance->take_ended_orphans());
  if (instance->fate() != Fate::Serving) leave(instance);
  if (standing.in_flight == 0) {
    if (!standing.listed) {
      retire(instance);
    } else if (std::find(idle_.begin(), idle_.end(), instance) == idle_.end()) {
      standing.idle_since = Clock::now();
      idle_.push_back(instance);
    }
  }
  serve_waiters();
}

void FunctionGroup::note_end(Instance& instance, const Outcome& outcome) {
  if (std::holds_alternative<Reply>(outcome)) crashes_ = 0;
  if (std::holds_alternative<Reply>(outcome) || std::holds_alternative<HandlerRaised>(outcome) ||
      std::holds_alternative<NoResponse>(outcome)) {
    instance.standing.answered = true;
  }
  // An end in the middle of a request is that request's own: the next one starts anew, as it does
  // on the platform. So does the one after a first import that died: something from outside may
  // have killed it.
  const auto* died = std::get_if<Died>(&outcome);
  if (died == nullptr || died->by_us || !died->importing || instance.standing.answered) return;
  if (std::exchange(instance.standing.crash_counted, true)) return;
  if (++crashes_ > 1) no_start_before_ = Clock::now() + crash_delay(options_.crash_delay, crashes_);
  crash_change_ = instance.started_change();
  last_crash_ = *died;
}

void FunctionGroup::retire(const std::shared_ptr<Instance>& instance) {
  leave(instance);
  if (instance->standing.in_flight > 0) return;
  const Fate fate = instance->fate();
  if (fate == Fate::Serving) {
    instance->ask_to_stop(Clock::now() + kStopGrace);
  } else if (fate != Fate::Retired) {
    instance->end(fate);
  }
}

void FunctionGroup::leave(const std::shared_ptr<Instance>& instance) {
  if (instance->standing.listed) leaving_.push_back(instance);
  unlist(instance);
}

void FunctionGroup::unlist(const std::shared_ptr<Instance>& instance) {
  std::erase(all_, instance);
  std::erase(idle_, instance);
  instance->standing.listed = false;
}

}  // namespace localfn
