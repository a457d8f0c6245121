// The supervisor's thread: starts the zygote, hears what it says, restarts it, and ends it.
#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <system_error>

#include "runtime/base/errors.h"
#include "runtime/base/signals.h"
#include "runtime/functions/supervisor_state.h"

namespace localfn {
namespace {

using namespace std::chrono_literals;

// Tags of the epoll set below 2^32 are ids of instances whose pipes are readable.
constexpr std::uint64_t kWake = 1ull << 32;
constexpr std::uint64_t kControl = 2ull << 32;
constexpr std::uint64_t kZygoteEnd = 3ull << 32;
constexpr std::uint64_t kZygoteOutput = 4ull << 32;

constexpr auto kSweepEvery = 1s;
constexpr auto kFirstBackoff = 100ms;
constexpr milliseconds kLongestBackoff = 5s;
// A zygote that has lived for this long was all right: its end counts as the first in a row.
constexpr auto kGoodLife = 5s;
constexpr auto kHelloLimit = 30s;
constexpr auto kKillGrace = 1s;

milliseconds backoff(unsigned failures) {
  if (failures <= 1) return 0ms;
  return std::min<milliseconds>(kFirstBackoff * (1 << std::min(failures - 2, 6u)), kLongestBackoff);
}

}  // namespace

void Supervisor::State::run() {
  add_to_epoll(wake_.get(), kWake);
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    if (!zygote_ && Clock::now() >= start_at_) start_zygote();
    teach();
    auto until = sooner(Deadline::after(kSweepEvery), next_lesson());
    if (!zygote_) until = sooner(until, Deadline::at(start_at_));
    serve_events(until);
    forget_ended_outputs();
    if (zygote_ && !said_hello_ && Clock::now() - zygote_->started() > kHelloLimit) {
      zygote_->kill();
    }
  }
  end_everything();
}

void Supervisor::State::serve_events(Deadline until) {
  std::array<epoll_event, 64> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), until.poll_timeout());
  bool ended = false;
  for (int i = 0; i < count; ++i) {
    const auto tag = events[static_cast<std::size_t>(i)].data.u64;
    // Last, because what it has said before its end may be among the other events.
    if (tag == kZygoteEnd) {
      ended = true;
    } else {
      handle_event(tag);
    }
  }
  if (ended) zygote_ended();
}

void Supervisor::State::handle_event(std::uint64_t tag) {
  if (tag == kWake) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto n = ::read(wake_.get(), &count, sizeof count);
  } else if (tag == kControl) {
    read_control();
  } else if (tag == kZygoteOutput) {
    if (zygote_) zygote_->output().drain();
  } else if (tag >= kLearned) {
    read_learned(static_cast<std::uint32_t>(tag));
  } else {
    read_output(static_cast<std::uint32_t>(tag));
  }
}

void Supervisor::State::read_output(std::uint32_t id) {
  std::shared_ptr<InstanceOutput> output;
  {
    const std::lock_guard lock(watch_mutex_);
    const auto found = watched_.find(id);
    if (found == watched_.end()) return;
    output = found->second;
  }
  if (output->drain()) return;
  const std::lock_guard lock(watch_mutex_);
  watched_.erase(id);
}

// A connection's thread may have been the one to read the end of a pipe.
void Supervisor::State::forget_ended_outputs() {
  if (Clock::now() < next_sweep_) return;
  next_sweep_ = Clock::now() + kSweepEvery;
  const std::lock_guard lock(watch_mutex_);
  std::erase_if(watched_, [](const auto& each) {
    return each.second->out_fd() < 0 && each.second->err_fd() < 0;
  });
}

void Supervisor::State::read_control() {
  while (control_in_ >= 0) {
    auto received = receive_control(control_in_);
    switch (received.kind) {
      case ReceivedControl::Kind::Nothing:
        return;
      case ReceivedControl::Kind::Message:
        handle_message(received.message, std::move(received.fd));
        break;
      case ReceivedControl::Kind::Closed:
      case ReceivedControl::Kind::Malformed:
        // Without its control socket it is of no use; its end follows.
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, control_in_, nullptr);
        control_in_ = -1;
        if (zygote_) zygote_->kill();
    }
  }
}

void Supervisor::State::handle_message(wire::ControlMessage& message, UniqueFd fd) {
  using enum wire::ControlType;
  switch (message.type) {
    case Hello:
      return zygote_said_hello(message);
    case Spawned:
      forget_unborn(message.id);
      return ledger.spawned(message.id, static_cast<pid_t>(message.number), std::move(fd));
    case SpawnFailed:
      forget_unborn(message.id);
      ledger.spawn_failed(message.id);
      if (options_.log) {
        options_.log(
            {"", message.id, "", wire::Stream::Stderr, "cannot fork an instance: " + message.text});
      }
      return;
    case Exited:
      if (ask_again(message.id)) return;
      forget_unborn(message.id);
      read_output(message.id);
      return ledger.exited(message.id, static_cast<int>(message.number));
    case Scanned:
      return scans_.answered(message.id, std::move(message.entry));
    default:
      return;
  }
}

void Supervisor::State::forget_unborn(std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  unborn_.erase(id);
}

/// An instance that ended before it said that it is there has read nothing of its channel, so another
/// process may take its place: a spare may be killed in the moment that it is taken. Once, for two that
/// end may end because of it.
bool Supervisor::State::ask_again(std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = unborn_.find(id);
  if (found == unborn_.end() || found->second.asked_again || stopping_) return false;
  try {
    found->second.asked_again =
        control_ && !broken_ && send_spawn(id, found->second.ends, Deadline::after(kSpawnLimit));
  } catch (const std::system_error&) {
    if (zygote_) zygote_->kill();  // it does not read
  }
  return true;  // Where this zygote has gone the next one is asked (start_zygote()).
}

void Supervisor::State::start_zygote() {
  try {
    said_hello_ = false;
    zygote_ =
        std::make_unique<ZygoteProcess>(options_.worker_path, options_.arguments, options_.log);
    add_to_epoll(zygote_->pidfd(), kZygoteEnd);
    for (const int fd : {zygote_->output().out_fd(), zygote_->output().err_fd()}) {
      add_to_epoll(fd, kZygoteOutput);
    }
    UniqueFd control = zygote_->take_control();
    add_to_epoll(control.get(), kControl);
    const std::lock_guard lock(mutex_);
    control_in_ = control.get();
    control_ = std::move(control);
    broken_ = false;
    pid_ = zygote_->pid();
    // Nobody has read their channels, so the instances find what waits there.
    for (auto& [id, unborn] : unborn_) {
      if (!send_spawn(id, unborn.ends, Deadline::after(kSpawnLimit))) break;
      unborn.asked_again = true;
    }
    changed_.notify_all();
  } catch (const std::exception& error) {
    zygote_.reset();
    zygote_failed(error.what());
  }
}

void Supervisor::State::zygote_said_hello(const wire::ControlMessage& message) {
  said_hello_ = true;
  const std::lock_guard lock(mutex_);
  up_ = true;
  version_ = message.text;
  failure_.clear();
  changed_.notify_all();
}

void Supervisor::State::zygote_ended() {
  if (!zygote_) return;
  read_control();
  int wait_status = 0;
  if (!zygote_->reap(Deadline::after(0ms), wait_status)) return;
  zygote_->output().finish();
  auto reason = fmt::format("{} {}", options_.worker_path, describe_exit(wait_status));
  if (const auto words = zygote_->output().last_stderr(); !words.empty()) reason += ":\n" + words;
  if (Clock::now() - zygote_->started() > kGoodLife) failures_ = 0;
  zygote_.reset();
  zygote_failed(reason);
}

void Supervisor::State::zygote_failed(const std::string& reason) {
  ++failures_;
  start_at_ = Clock::now() + backoff(failures_);
  {
    const std::lock_guard lock(mutex_);
    control_in_ = -1;
    control_.reset();
    up_ = false;
    pid_ = 0;
    failure_ = reason;
    changed_.notify_all();
  }
  lose_learned();
  ledger.lose_all(take_unborn());
  scans_.lost();
  lessons_.repeat();
}

/// What a zygote did not bring forth is asked of the next one, once: two that end may end because of
/// it. Gives the ids of those that wait for the next.
std::set<std::uint32_t> Supervisor::State::take_unborn() {
  const std::lock_guard lock(mutex_);
  std::erase_if(unborn_, [](const auto& each) { return each.second.asked_again; });
  std::set<std::uint32_t> waiting;
  for (const auto& each : unborn_) waiting.insert(each.first);
  return waiting;
}

void Supervisor::State::end_everything() {
  const Deadline deadline = *stop_deadline_;
  for (const auto id : ledger.alive_ids()) kill(id);
  while (zygote_ && ledger.alive_count() > 0 && !deadline.passed()) {
    serve_events(sooner(deadline, Deadline::after(kKillGrace)));
  }
  learned_.release();
  {
    // The end of control is its sign to leave.
    const std::lock_guard lock(mutex_);
    control_in_ = -1;
    control_.reset();
    up_ = false;
    pid_ = 0;
    unborn_.clear();
    changed_.notify_all();
  }
  int ignored = 0;
  if (zygote_ && !zygote_->reap(deadline, ignored)) {
    zygote_->kill();
    zygote_->reap(Deadline::after(kKillGrace), ignored);
  }
  if (zygote_) zygote_->output().finish();
  zygote_.reset();
  ledger.lose_all();
  scans_.lost();
}

}  // namespace localfn
