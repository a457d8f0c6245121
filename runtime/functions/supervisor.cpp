// What other threads ask of the supervisor; its own thread is in supervisor_loop.cpp.
#include "runtime/functions/supervisor.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include "runtime/base/errors.h"
#include "runtime/functions/supervisor_state.h"

namespace localfn {
namespace {

using namespace std::chrono_literals;

// A spawn waits for a zygote that is being restarted; the first restart takes about 70 ms.
constexpr auto kZygoteWait = 5s;
constexpr auto kScanLimit = 10s;
constexpr auto kKillLimit = 1s;
constexpr auto kDestructionGrace = 2s;

}  // namespace

Supervisor::Supervisor(Options options) : state_(std::make_unique<State>(std::move(options))) {}
Supervisor::~Supervisor() { state_->shutdown(Deadline::after(kDestructionGrace)); }

void Supervisor::start() { state_->start(); }
void Supervisor::shutdown(Deadline deadline) { state_->shutdown(deadline); }
std::string Supervisor::python_version(Deadline d) { return state_->python_version(d); }
int Supervisor::zygote_pid() const { return state_->zygote_pid(); }
std::vector<wire::Entry> Supervisor::scan(const std::vector<std::string>& absolute_paths) {
  return state_->scan(wire::ControlType::Scan, absolute_paths);
}

std::vector<wire::Entry> Supervisor::inspect(const std::vector<std::string>& absolute_paths) {
  return state_->scan(wire::ControlType::Inspect, absolute_paths);
}
SpawnedInstance Supervisor::spawn() { return state_->spawn(); }
void Supervisor::kill(std::uint32_t id) { state_->kill(id); }
bool Supervisor::await_exit(std::uint32_t id, Deadline deadline, int& wait_status) {
  return state_->ledger.await_exit(id, deadline, wait_status);
}
void Supervisor::watch(std::shared_ptr<InstanceOutput> output) { state_->watch(std::move(output)); }
void Supervisor::ask_to_read_again(std::uint32_t id) {
  state_->ledger.signal(id, SIGRTMIN + wire::kReadAgainSignal);
}
void Supervisor::ask_for_stacks(std::uint32_t id) {
  state_->ledger.signal(id, SIGRTMIN + wire::kShowStackSignal);
}
void Supervisor::ask_for_import(std::uint32_t id) {
  state_->ledger.signal(id, SIGRTMIN + wire::kShowImportSignal);
}
void Supervisor::learn(wire::Lesson seen, bool outdated) {
  state_->learn(std::move(seen), outdated);
}
std::size_t Supervisor::alive() const { return state_->ledger.alive_count(); }

Supervisor::State::State(Options options)
    : options_(std::move(options)),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "make an epoll set")),
      wake_(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd")) {}

void Supervisor::State::start() {
  thread_ = std::thread([this] { run(); });
}

void Supervisor::State::shutdown(Deadline deadline) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (!stop_deadline_) stop_deadline_ = deadline;
    changed_.notify_all();
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

void Supervisor::State::wake() {
  const std::uint64_t one = 1;
  // Only a full counter can fail, and then the thread is awake already.
  [[maybe_unused]] const auto n = ::write(wake_.get(), &one, sizeof one);
}

std::string Supervisor::State::python_version(Deadline deadline) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline.when(), [&] { return up_ || !failure_.empty() || stopping_; });
  if (up_) return version_;
  if (!failure_.empty()) throw std::runtime_error("cannot start Python: " + failure_);
  if (stopping_) throw std::runtime_error("cannot start Python: the server is stopping");
  throw std::runtime_error(
      fmt::format("cannot start Python: {} did not get ready in time", options_.worker_path));
}

int Supervisor::State::zygote_pid() const {
  const std::lock_guard lock(mutex_);
  return pid_;
}

std::vector<wire::Entry> Supervisor::State::scan(wire::ControlType question,
                                                 const std::vector<std::string>& paths) {
  return scans_.run(
      question, paths,
      [this](const wire::ControlMessage& message, Deadline deadline) {
        std::unique_lock lock(mutex_);
        do {
          await_zygote(lock, deadline);
        } while (!send(message, {}, deadline));
      },
      Deadline::after(kScanLimit));
}

SpawnedInstance Supervisor::State::spawn() {
  SpawnedInstance spawned;
  auto channel = make_socketpair(SOCK_STREAM);
  auto out = make_pipe();
  auto err = make_pipe();
  set_nonblocking(out.first.get(), true);
  set_nonblocking(err.first.get(), true);
  const auto id = ledger.open();
  try {
    UnbornEnds ends{std::move(channel.second), std::move(out.second), std::move(err.second)};
    lessons_.busy();
    if (!learned_.spawn(id, ends)) {
      std::unique_lock lock(mutex_);
      const auto deadline = Deadline::after(kZygoteWait);
      do {
        await_zygote(lock, deadline);
        ledger.reopen(id);
      } while (!ask_for(id, ends, deadline));
    }
  } catch (...) {
    ledger.cancel(id);
    throw;
  }
  return {id, std::move(channel.first), std::move(out.first), std::move(err.first)};
}

/// With the mutex held. Keeps the ends until the instance is born; false: this zygote has gone.
bool Supervisor::State::ask_for(std::uint32_t id, UnbornEnds& ends, Deadline deadline) {
  if (!send_spawn(id, ends, deadline)) return false;
  unborn_[id].ends = std::move(ends);
  return true;
}

/// With the mutex held. False: this zygote has gone.
bool Supervisor::State::send_spawn(std::uint32_t id, const UnbornEnds& ends, Deadline deadline) {
  wire::ControlMessage message;
  message.type = wire::ControlType::Spawn;
  message.id = id;
  return send(message, {ends.channel.get(), ends.out.get(), ends.err.get()}, deadline);
}

/// Waits for a zygote until `deadline`; throws when there is none by then.
void Supervisor::State::await_zygote(std::unique_lock<std::mutex>& lock, Deadline deadline) {
  const bool there = changed_.wait_until(lock, deadline.when(),
                                         [&] { return stopping_ || (control_ && !broken_); });
  if (stopping_) throw std::runtime_error("the server is stopping");
  if (!there) throw std::runtime_error(failure_.empty() ? "the zygote is not ready" : failure_);
}

/// With the mutex held. False: this zygote has gone.
bool Supervisor::State::send(const wire::ControlMessage& message, std::initializer_list<int> fds,
                             Deadline deadline) {
  try {
    send_control(control_.get(), message, fds, deadline);
    return true;
  } catch (const std::system_error& error) {
    const int reason = error.code().value();
    if (reason != EPIPE && reason != ECONNRESET && reason != ECONNREFUSED) throw;
    broken_ = true;
    return false;
  }
}

void Supervisor::State::kill(std::uint32_t id) {
  if (!ledger.alive(id)) return;
  ledger.unwant(id);  // It may be on its way from one zygote to another.
  if (learned_.kill(id)) return;
  wire::ControlMessage message;
  message.type = wire::ControlType::Kill;
  message.id = id;
  const std::lock_guard lock(mutex_);
  const bool unborn = unborn_.erase(id) > 0;  // Not to be asked of another zygote.
  if (!control_ || broken_) {
    if (unborn) ledger.lose(id);
    return;  // The others go with their zygote.
  }
  try {
    // It stands behind the Spawn message of the same id, born or not.
    send(message, {}, Deadline::after(kKillLimit));
  } catch (const std::system_error&) {
    // The zygote does not read: it is killed, and its instances with it.
    if (pid_ > 0) ::kill(pid_, SIGKILL);
  }
}

void Supervisor::State::watch(std::shared_ptr<InstanceOutput> output) {
  const int out = output->out_fd();
  const int err = output->err_fd();
  const auto id = output->instance();
  {
    const std::lock_guard lock(watch_mutex_);
    watched_[id] = std::move(output);
  }
  if (out >= 0) add_to_epoll(out, id);
  if (err >= 0) add_to_epoll(err, id);
}

void Supervisor::State::add_to_epoll(int fd, std::uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag;
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "watch a descriptor");
}

}  // namespace localfn
