// The part of the pool that no request drives: retiring instances, orphans, and the end.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/functions/pool_state.h"

namespace localfn {
namespace {

using namespace std::chrono_literals;

constexpr auto kOrphanVisit = 20ms;
// A WebSocket says little to the host, and nobody waits for it.
constexpr auto kConnectionVisit = 100ms;
// For the farewell of WebSockets, which their clients may see.
constexpr auto kFarewell = 1000ms;
constexpr auto kLeavingVisit = 50ms;
constexpr auto kLongestPause = 1000ms;
constexpr auto kTimeoutGrace = 5s;
// Threads whose instance was killed need a moment to tell their clients.
constexpr auto kLastWords = 2s;
// One visit reads at most this often and for so long, so that a flood cannot hold the caller.
constexpr int kMaxReads = 64;
constexpr auto kLongestVisit = 50ms;
// An instance that has something to say is listened to this often, and for so long: it may have come
// with the end of an invocation, or be more than the channel holds.
constexpr auto kListeningVisit = 20ms;
constexpr auto kListening = 1000ms;

Clock::duration visit_of_orphans(const Instance& instance) {
  return instance.only_connections() ? Clock::duration(kConnectionVisit)
                                     : Clock::duration(kOrphanVisit);
}

}  // namespace

Clock::time_point Pool::State::tend(const Project& project) {
  // Reading and logging need no policy, so they hold up no request.
  bool heard = false;
  const auto attended = unattended();
  for (const auto& instance : attended) heard = look_after(*instance) || heard;
  if (heard) {
    listen();
  } else if (stop_listening()) {
    for (const auto& instance : attended) instance->flush_late();
  }
  std::unique_lock lock(mutex_);
  tend_listed(project);
  const auto gone = tend_leaving();
  const auto next = next_visit();
  lock.unlock();
  for (const auto& instance : gone) instance->finish_output();
  return next;
}

/// Those whose channel nobody may be reading.
std::vector<Pool::State::InstancePtr> Pool::State::unattended() const {
  const std::lock_guard lock(mutex_);
  std::vector<InstancePtr> found;
  const auto add = [&](const InstancePtr& instance) {
    if (!instance->loaded()) return;
    if (instance->standing.in_flight == 0 || instance->has_orphans()) found.push_back(instance);
  };
  for (const auto& [name, each] : groups_)
    std::for_each(each->all().begin(), each->all().end(), add);
  std::for_each(leaving_.begin(), leaving_.end(), add);
  return found;
}

void Pool::State::listen() {
  const std::lock_guard lock(mutex_);
  listen_until_ = Clock::now() + kListening;
}

/// True once when nothing has been said for so long.
bool Pool::State::stop_listening() {
  const std::lock_guard lock(mutex_);
  if (!listen_until_ || Clock::now() < *listen_until_) return false;
  listen_until_.reset();
  return true;
}

/// Takes in what it has said; true when that was anything.
bool Pool::State::look_after(Instance& instance) {
  instance.tell_overdue();
  Batch batch;
  std::string why;
  bool good = true;
  auto got = Channel::Got::Frames;
  const auto until = Deadline::after(kLongestVisit);
  int reads = 0;
  for (; good && got == Channel::Got::Frames && reads < kMaxReads && !until.passed(); ++reads) {
    got = instance.channel().poll_idle(batch);
    if (got != Channel::Got::Frames) break;
    for (std::size_t i = 0; good && i < batch.size(); ++i) {
      good = instance.foreign(batch.header(i), batch.payload(i), why);
    }
  }
  if (got == Channel::Got::Malformed) {
    good = false;
    why = "it sent bytes that are no frame";
  }
  if (!good) {
    const auto reason = fmt::format("{} broke the protocol: {}", instance.title(), why);
    instance.end(Fate::BrokeProtocol, reason);
    if (log_) log_({instance.function(), instance.id(), {}, wire::Stream::Stderr, reason});
  } else if (got == Channel::Got::Closed) {
    if (instance.fate() == Fate::Serving) instance.tell_unfinished();
    instance.end(Fate::Died);
  }
  if (!good || got == Channel::Got::Closed) instance.finish_output();
  return reads > 0;
}

void Pool::State::tend_listed(const Project& project) {
  for (auto& [name, each] : groups_) {
    const auto instances = each->all();
    for (const auto& instance : instances) tend_instance(*each, instance, project);
  }
}

// Where only orphans run, nobody is disturbed by an end at once.
void Pool::State::enforce_orphans_deadline(Instance& instance) {
  if (!instance.orphan_overdue()) return;
  const bool alone = instance.standing.in_flight <= instance.orphans_in_place();
  instance.condemn(Fate::TimedOut, {}, alone ? Clock::now() : Clock::now() + kTimeoutGrace);
}

void Pool::State::tend_instance(FunctionGroup& group, const InstancePtr& instance,
                                const Project& project) {
  if (!instance->loaded()) return;
  auto& standing = instance->standing;
  enforce_orphans_deadline(*instance);
  if (standing.in_flight > 0 || instance->fate() != Fate::Serving) group.settle(instance);
  if (!standing.listed) return;
  // An open WebSocket is use enough.
  const bool in_use = standing.in_flight > 0 || instance->connections() > 0;
  if (in_use) standing.idle_since = Clock::now();
  if (!instance->fresh(changes_, project.environment_version, false)) {
    group.note_restart();
    group.retire(instance);
  } else if (!in_use && Clock::now() - standing.idle_since >= options_.idle) {
    group.retire(instance);
  }
}

/// Those that have gone meanwhile.
std::vector<Pool::State::InstancePtr> Pool::State::tend_leaving() {
  const auto leaving = leaving_;
  for (const auto& instance : leaving) {
    enforce_orphans_deadline(*instance);
    const auto kill_at = instance->kill_at();
    if (kill_at && Clock::now() >= *kill_at) instance->end(instance->fate());
    group(instance->function()).settle(instance);
  }
  std::vector<InstancePtr> gone;
  std::erase_if(leaving_, [&](const InstancePtr& instance) {
    if (instance->state() != InstanceState::Gone) return false;
    gone.push_back(instance);
    return true;
  });
  return gone;
}

Clock::time_point Pool::State::next_visit() const {
  const auto now = Clock::now();
  auto next = now + kLongestPause;
  if (!leaving_.empty()) next = now + kLeavingVisit;
  if (listen_until_) next = std::min(next, now + kListeningVisit);
  for (const auto& [name, each] : groups_) {
    for (const auto& instance : each->all()) {
      if (instance->has_orphans()) next = std::min(next, now + visit_of_orphans(*instance));
      if (instance->standing.in_flight > 0) continue;
      next = std::min(next, instance->standing.idle_since + options_.idle);
    }
  }
  return std::max(now, next);
}

std::vector<std::string> Pool::State::take_restarted() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (auto& [name, each] : groups_) {
    if (each->take_restarted()) names.push_back(name);
  }
  return names;
}

void Pool::State::renew(const std::vector<std::string>& functions) {
  const std::lock_guard lock(mutex_);
  for (const auto& function : functions) {
    const auto found = groups_.find(function);
    if (found == groups_.end()) continue;
    const auto instances = found->second->all();
    for (const auto& instance : instances) {
      if (instance->loaded()) found->second->retire(instance);
    }
  }
}

void Pool::State::drain(Deadline deadline) {
  {
    std::unique_lock lock(mutex_);
    closed_ = true;
    for (auto& [name, each] : groups_) each->refuse_waiters("the server is stopping");
    quiet_.wait_until(lock, deadline.when(), [&] { return active_ == 0; });
    if (active_ > 0) stop_all(Fate::Stopped);
    quiet_.wait_until(lock, Clock::now() + kLastWords, [&] { return active_ == 0; });
    for (auto& [name, each] : groups_) {
      const auto instances = each->all();
      for (const auto& instance : instances) each->retire(instance);
    }
  }
  see_off(deadline);
}

// Their ends are told to whoever tends the pool, which is another thread.
bool Pool::State::await_unfinished(Deadline deadline) {
  while (unfinished() > 0) {
    if (deadline.passed()) return false;
    std::unique_lock lock(mutex_);
    quiet_.wait_until(lock, Clock::now() + kOrphanVisit);
  }
  return true;
}

std::size_t Pool::State::unfinished() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  const auto add = [&](const InstancePtr& instance) {
    if (instance->loaded()) count += instance->unfinished();
  };
  for (const auto& [name, each] : groups_)
    std::for_each(each->all().begin(), each->all().end(), add);
  std::for_each(leaving_.begin(), leaving_.end(), add);
  return count;
}

void Pool::State::stop_all(Fate fate) {
  for (const auto& [name, each] : groups_) {
    for (const auto& instance : each->all()) instance->end(fate);
  }
  for (const auto& instance : leaving_) instance->end(fate);
}

/// Gives those that were asked to leave the time until `deadline`, then ends them.
void Pool::State::see_off(Deadline deadline) {
  Leaving leaving;
  {
    const std::lock_guard lock(mutex_);
    leaving.swap(leaving_);
  }
  for (const auto& instance : leaving) {
    if (!instance->loaded()) {
      instance->end(Fate::Stopped);
      continue;
    }
    // An orphan has nobody to finish for, but a WebSocket says good-bye.
    if (instance->only_connections()) {
      const bool any = instance->connections() > 0;
      hear_out(*instance, any ? sooner(deadline, Deadline::after(kFarewell)) : deadline);
    }
    look_after(*instance);
    instance->end(Fate::Stopped);
    instance->finish_output();
  }
}

/// Takes in what it says until it has gone, at most until then.
void Pool::State::hear_out(Instance& instance, Deadline until) {
  while (instance.state() != InstanceState::Gone && instance.channel().await_news(until)) {
    look_after(instance);
  }
}

std::size_t Pool::State::instance_count() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = leaving_.size();
  for (const auto& [name, each] : groups_) count += each->all().size();
  return count;
}

}  // namespace localfn
