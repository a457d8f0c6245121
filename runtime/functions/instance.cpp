#include "runtime/functions/instance.h"

#include <fmt/format.h>

#include <algorithm>

namespace localfn {
namespace {

using namespace std::chrono_literals;

// A process that closes its channel by ending is reaped within a millisecond or two; one that has
// merely closed the descriptor is killed after this.
constexpr auto kExitGrace = 500ms;
constexpr auto kKillGrace = 1000ms;

}  // namespace

std::string_view state_name(InstanceState state) {
  switch (state) {
    case InstanceState::Spawning:
      return "Spawning";
    case InstanceState::Importing:
      return "Importing";
    case InstanceState::Ready:
      return "Ready";
    case InstanceState::Busy:
      return "Busy";
    case InstanceState::Draining:
      return "Draining";
    case InstanceState::Gone:
      return "Gone";
  }
  return "?";
}

Instance::Instance(Spawner& spawner, const Invocation& first, std::uint64_t change,
                   milliseconds import_limit)
    : spawner_(spawner),
      function_(first.function->file),
      started_change_(change),
      environment_version_(first.project->environment_version),
      import_limit_(import_limit),
      import_deadline_(Deadline::after(import_limit)),
      depends_on_{(first.project->root / first.function->file).string()},
      verified_change_(change) {}

void Instance::adopt(SpawnedInstance spawned, const LogSink& log) {
  id_ = spawned.id;
  try {
    output_ = std::make_shared<InstanceOutput>(function_, id_, std::move(spawned.out),
                                               std::move(spawned.err), log);
    spawner_.watch(output_);
    channel_ = std::make_unique<Channel>(std::move(spawned.channel));
  } catch (...) {
    spawner_.kill(id_);
    throw;
  }
  const std::lock_guard lock(mutex_);
  adopted_ = true;
}

void Instance::load(std::string_view frame) {
  {
    const std::lock_guard lock(mutex_);
    load_frame_ = frame;
  }
  // Nothing comes from an instance before its Load frame, so this mailbox stays empty.
  Channel::Mailbox nobody(*channel_, 0);
  if (channel_->send(nobody, frame, import_deadline_) == Channel::Sent::Frames) {
    end(Fate::BrokeProtocol, title() + " broke the protocol: it spoke before it was loaded");
  }
  const std::lock_guard lock(mutex_);
  load_sent_ = true;
}

bool Instance::loaded() const {
  const std::lock_guard lock(mutex_);
  return load_sent_;
}

std::string Instance::title() const {
  return fmt::format("instance {} of {} ({})", id_, function_, state_name(state()));
}

InstanceState Instance::state() const {
  bool busy = false;
  {
    const std::lock_guard lock(running_mutex_);
    busy = !running_.empty();
  }
  const std::lock_guard lock(mutex_);
  if (gone_) return InstanceState::Gone;
  if (fate_ != Fate::Serving) return InstanceState::Draining;
  if (!load_sent_) return InstanceState::Spawning;
  if (!ready_) return InstanceState::Importing;
  return busy ? InstanceState::Busy : InstanceState::Ready;
}

std::uint32_t Instance::begin(std::string_view id, bool shared) {
  std::uint32_t invocation = 0;
  {
    const std::lock_guard lock(running_mutex_);
    if (++last_invocation_ == 0) ++last_invocation_;
    invocation = last_invocation_;
    running_.push_back({invocation, std::string(id)});
    show_owner();
  }
  const std::lock_guard lock(mutex_);
  if (!shared) unshared_ = invocation;
  return invocation;
}

void Instance::finish(std::uint32_t invocation) {
  {
    const std::lock_guard lock(mutex_);
    if (unshared_ == invocation) unshared_ = 0;
  }
  const std::lock_guard lock(running_mutex_);
  const auto found = std::find_if(running_.begin(), running_.end(),
                                  [&](const Running& r) { return r.invocation == invocation; });
  if (found != running_.end()) {
    remember(std::move(*found));
    running_.erase(found);
  }
  show_owner();
}

void Instance::remember(Running running) {
  Ended ended{std::move(running), {}, {}};
  if (ended_.size() < kRemembered) return ended_.push_back(std::move(ended));
  Ended& oldest = ended_[oldest_ended_];
  output_->flush(oldest.out, oldest.id, wire::Stream::Stdout);
  output_->flush(oldest.err, oldest.id, wire::Stream::Stderr);
  oldest = std::move(ended);
  oldest_ended_ = (oldest_ended_ + 1) % kRemembered;
}

bool Instance::log_late(std::uint32_t invocation, const wire::LogFrame& frame) {
  const std::lock_guard lock(running_mutex_);
  const auto found = std::find_if(ended_.begin(), ended_.end(),
                                  [&](const Ended& e) { return e.invocation == invocation; });
  if (found == ended_.end()) return false;
  output_->log(frame.stream == wire::Stream::Stdout ? found->out : found->err, found->id, frame);
  return true;
}

void Instance::flush_late() {
  const std::lock_guard lock(running_mutex_);
  for (Ended& each : ended_) {
    output_->flush(each.out, each.id, wire::Stream::Stdout);
    output_->flush(each.err, each.id, wire::Stream::Stderr);
  }
  output_->flush_own();
}

void Instance::finish_output() {
  std::vector<Ended> orphans;
  {
    const std::lock_guard lock(mutex_);
    for (Orphan& each : orphans_) {
      orphans.push_back({{each.invocation, each.id}, std::move(each.out), std::move(each.err)});
    }
  }
  for (Ended& each : orphans) {
    output_->flush(each.out, each.id, wire::Stream::Stdout);
    output_->flush(each.err, each.id, wire::Stream::Stderr);
  }
  flush_late();
  output_->finish();
}

// Bytes of the pipes belong to the only invocation in flight, else to the instance.
void Instance::show_owner() {
  output_->set_owner(running_.size() == 1 ? std::string_view(running_.front().id)
                                          : std::string_view());
}

void Instance::prepare_to_share() {
  const std::lock_guard lock(mutex_);
  if (unshared_ == 0) return;
  if (!ready_) {
    ask_when_ready_ = true;
    return;
  }
  unshared_ = 0;
  // An event loop never stops reading.
  if (interface_ != wire::Interface::Asgi) spawner_.ask_to_read_again(id_);
}

void Instance::ask_for_stacks() { spawner_.ask_for_stacks(id_); }

void Instance::ask_for_import() { spawner_.ask_for_import(id_); }

std::string Instance::import_place() const {
  const std::lock_guard lock(mutex_);
  return import_place_;
}

bool Instance::importing() const {
  const std::lock_guard lock(mutex_);
  return !ready_;
}

std::optional<wire::Interface> Instance::interface() const {
  const std::lock_guard lock(mutex_);
  if (!ready_) return std::nullopt;
  return interface_;
}

microseconds Instance::init() const {
  const std::lock_guard lock(mutex_);
  return init_;
}

wire::ImportFailedFrame Instance::import_failure() const {
  const std::lock_guard lock(mutex_);
  return import_failure_;
}

bool Instance::fresh(const ChangeLog& changes, std::uint64_t environment_version, bool strict) {
  // Read before the comparison: a change in between is found the next time.
  const auto now = changes.now();
  const std::lock_guard lock(mutex_);
  if (environment_version != environment_version_) return false;
  if (now == verified_change_) return true;
  if (!ready_ && strict) return now == started_change_;
  if (changes.any_changed_since(depends_on_, started_change_)) return false;
  verified_change_ = now;
  return true;
}

void Instance::learn(wire::Loaded&& loaded) {
  if (loaded.empty()) return;
  const std::lock_guard lock(mutex_);
  for (auto* list : {&loaded.files, &loaded.directories}) {
    depends_on_.insert(depends_on_.end(), std::make_move_iterator(list->begin()),
                       std::make_move_iterator(list->end()));
  }
  std::sort(depends_on_.begin(), depends_on_.end());
  depends_on_.erase(std::unique(depends_on_.begin(), depends_on_.end()), depends_on_.end());
  // What was verified did not include these.
  verified_change_ = started_change_;
}

Fate Instance::fate() const {
  const std::lock_guard lock(mutex_);
  return fate_;
}

std::string Instance::fate_reason() const {
  const std::lock_guard lock(mutex_);
  return fate_reason_;
}

std::optional<Clock::time_point> Instance::kill_at() const {
  const std::lock_guard lock(mutex_);
  if (fate_ == Fate::TimedOut && standstill_.now()) return std::nullopt;
  return kill_at_;
}

void Instance::condemn(Fate fate, std::string reason, std::optional<Clock::time_point> kill_at) {
  const std::lock_guard lock(mutex_);
  // An instance that was asked to leave can still come to a worse end.
  if (fate_ == Fate::Serving || (fate_ == Fate::Retired && !gone_)) {
    fate_ = fate;
    fate_reason_ = std::move(reason);
  }
  if (kill_at && (!kill_at_ || *kill_at < *kill_at_)) kill_at_ = kill_at;
}

void Instance::end(Fate fate, std::string reason) {
  condemn(fate, std::move(reason), std::nullopt);
  {
    const std::lock_guard lock(mutex_);
    if (gone_ || !adopted_) return;
    gone_ = true;
  }
  channel_->condemn();
  spawner_.kill(id_);
}

void Instance::ask_to_stop(Clock::time_point kill_at) {
  condemn(Fate::Retired, {}, kill_at);
  std::string stop;
  wire::encode_plain(stop, wire::FrameType::Stop, 0);
  if (!channel_->try_send(stop)) end(Fate::Retired);
}

Died Instance::autopsy() {
  Died died;
  died.importing = importing();
  condemn(Fate::Died, {}, std::nullopt);
  died.known = spawner_.await_exit(id_, Deadline::after(kExitGrace), died.wait_status);
  end(Fate::Died);
  if (!died.known) {
    died.known = spawner_.await_exit(id_, Deadline::after(kKillGrace), died.wait_status);
  }
  // The process is gone, so all that it wrote is in the pipes.
  finish_output();
  died.last_stderr = output_->last_stderr();
  died.reason = fate_reason();
  const Fate why = fate();
  died.by_us = why == Fate::TimedOut || why == Fate::Stopped;
  return died;
}

}  // namespace localfn
