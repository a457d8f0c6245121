#include "bindings/zygote.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <map>
#include <set>
#include <stdexcept>

#include "bindings/control.h"
#include "bindings/debugger.h"
#include "bindings/foreground.h"
#include "bindings/interpreter.h"
#include "bindings/lesson.h"
#include "bindings/log_outlet.h"
#include "bindings/preload.h"
#include "bindings/scan.h"
#include "bindings/spare.h"
#include "runtime/base/clock.h"
#include "runtime/base/errors.h"
#include "runtime/base/signals.h"

namespace py = pybind11;

namespace localfn {
namespace {

// How long the host has to be silent before the zygote imports the next module of its list.
constexpr int kQuietMs = 20;
// And before it makes its next spare: an instance that is starting has the processors first.
constexpr int kSpareQuietMs = 5;
constexpr std::size_t kModels = 3;
constexpr milliseconds kLearnedGrace{1000};
constexpr const char* kLearnedName = "localfn-learned";

class Zygote {
 public:
  Zygote(Control control, UniqueFd signals, const Adapters& adapters)
      : control_(std::move(control)), signals_(std::move(signals)), adapters_(adapters) {}

  void prepare();
  void loop();
  void kill_all() noexcept;
  void await_learned() noexcept;

 private:
  bool wait();
  bool on_signals();
  bool on_control();
  void obey(ControlPacket& packet);
  void spawn(ControlPacket& packet);
  pid_t fork_instance(ControlPacket& packet);
  void become_instance(std::uint32_t id) noexcept;
  [[noreturn]] void live_as_instance(const ControlPacket& packet) noexcept;
  void make_spare();
  int patience_ms() const;
  void on_quiet();
  void teach(std::vector<UniqueFd>& descriptors);
  [[noreturn]] void live_as_learned(std::vector<UniqueFd>& descriptors, pid_t teacher) noexcept;
  bool learn_from(const UniqueFd& lesson);
  void say_hello(const std::vector<int>& pidfd = {});
  void announce(std::uint32_t id) noexcept;
  void kill(std::uint32_t id);
  void reap();
  void send(const wire::ControlMessage& message, const std::vector<int>& descriptors = {});

  Control control_;
  UniqueFd signals_;
  const Adapters& adapters_;
  const Foreground foreground_;
  LogOutlet outlet_;
  Preload preload_;
  bool more_to_preload_ = true;
  std::array<char, 16> name_{};  ///< of the process, as `ps` shows it
  std::map<std::uint32_t, pid_t> running_;
  Spare spare_;
  bool wants_spare_ = true;
  std::set<pid_t> models_;   ///< running instances that were forked when nothing was left to preload
  std::set<pid_t> learned_;  ///< zygotes forked from this one
};

void Zygote::prepare() {
  ::prctl(PR_GET_NAME, name_.data());
  start_interpreter();
  preload_.essential();
  adapters_.prepare();
  outlet_.install();
  Debugger::install();
  preload_.freeze();
  expect_one_thread("after its start");
  say_hello();
}

void Zygote::say_hello(const std::vector<int>& pidfd) {
  wire::ControlMessage hello;
  hello.type = wire::ControlType::Hello;
  hello.number = ::getpid();
  hello.text = python_version();
  send(hello, pidfd);
}

void Zygote::loop() {
  while (wait()) {
  }
}

// One round. False when the zygote is to end.
bool Zygote::wait() {
  std::array<pollfd, 2> sources{{{control_.fd(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
  // The GIL is kept: this process has no other thread to give it to.
  const int ready = ::poll(sources.data(), sources.size(), patience_ms());
  if (ready < 0 && errno != EINTR) check(-1, "wait for the host");
  if (ready == 0) on_quiet();
  if (ready <= 0) return true;
  // Ends first, so that the host hears of them before what it asked for meanwhile.
  if (sources[1].revents != 0 && !on_signals()) return false;
  return sources[0].revents == 0 || on_control();
}

// Without more to prepare there is nothing to do until somebody speaks.
int Zygote::patience_ms() const {
  if (more_to_preload_) return kQuietMs;
  return wants_spare_ ? kSpareQuietMs : -1;
}

void Zygote::on_quiet() {
  if (more_to_preload_) {
    more_to_preload_ = preload_.next();
  } else if (wants_spare_) {
    make_spare();
  }
}

bool Zygote::on_signals() {
  signalfd_siginfo info{};
  bool go_on = true;
  while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    // SIGINT and SIGHUP are for the host, which decides what becomes of everything.
    if (info.ssi_signo == SIGTERM) go_on = false;
  }
  reap();
  return go_on;
}

bool Zygote::on_control() {
  while (true) {
    ControlPacket packet;
    switch (control_.receive(packet)) {
      case Control::Received::Closed: return false;
      case Control::Received::Nothing: return true;
      case Control::Received::Packet: obey(packet);
    }
  }
}

void Zygote::obey(ControlPacket& packet) {
  const auto& message = packet.message;
  switch (message.type) {
    case wire::ControlType::Spawn: return spawn(packet);
    case wire::ControlType::Kill: return kill(message.id);
    case wire::ControlType::Learn: return teach(packet.descriptors);
    case wire::ControlType::Scan:
    case wire::ControlType::Inspect: {
      wire::ControlMessage reply;
      reply.type = wire::ControlType::Scanned;
      reply.id = message.id;
      reply.entry = message.type == wire::ControlType::Scan ? scan_file(message.text)
                                                            : inspect_file(message.text);
      return send(reply);
    }
    default: throw std::runtime_error("the host sent a control message that is none of its own");
  }
}

void Zygote::send(const wire::ControlMessage& message, const std::vector<int>& descriptors) {
  if (control_.send(message, descriptors)) return;
  // A host that has gone (a wrong vercel.json ends it at once) is an orderly end, which the next
  // look at the control socket finds; one that is there and takes nothing is not.
  if (errno == EPIPE || errno == ECONNRESET) return;
  throw std::runtime_error("the host does not listen");
}

// ---- instances -------------------------------------------------------------------------------

void Zygote::spawn(ControlPacket& packet) {
  const std::uint32_t id = packet.message.id;
  wire::ControlMessage failed;
  failed.type = wire::ControlType::SpawnFailed;
  failed.id = id;
  if (packet.descriptors.size() != 3 || running_.contains(id)) {
    failed.text = packet.descriptors.size() != 3
                      ? fmt::format("got {} descriptors, expected 3", packet.descriptors.size())
                      : fmt::format("instance {} is running already", id);
    return send(failed);
  }
  wants_spare_ = true;
  pid_t child = spare_.take(packet);
  if (child < 0) child = fork_instance(packet);
  const int error = errno;
  packet.descriptors.clear();
  if (child < 0) {
    failed.text = fmt::format("cannot fork: {}", errno_text(error));
    return send(failed);
  }
  running_[id] = child;
  if (!more_to_preload_) models_.insert(child);
}

pid_t Zygote::fork_instance(ControlPacket& packet) {
  expect_one_thread("at a fork");
  const pid_t zygote = ::getpid();
  PyOS_BeforeFork();
  const pid_t child = ::fork();
  if (child == 0) {
    join_own_group(zygote);
    become_instance(packet.message.id);
    PyOS_AfterFork_Child();
    live_as_instance(packet);
  }
  const int error = errno;
  PyOS_AfterFork_Parent();
  // Here as well as in the child, so that the group exists before anyone can want to kill it.
  if (child > 0) ::setpgid(child, child);
  errno = error;
  return child;
}

// In the child.
void Zygote::become_instance(std::uint32_t id) noexcept {
  ::prctl(PR_SET_NAME, name_.data());
  announce(id);
}

void Zygote::live_as_instance(const ControlPacket& packet) noexcept {
  const auto& descriptors = packet.descriptors;
  run_instance({descriptors[0].get(), descriptors[1].get(), descriptors[2].get()}, outlet_,
               adapters_);
}

// The newest instances are its models: one that has run for long may have written to anything, and
// beside one that is older than a module of ours it looks as if it had written what the zygote has.
void Zygote::make_spare() {
  wants_spare_ = false;
  expect_one_thread("at a fork");
  std::vector<pid_t> models;
  for (auto each = running_.rbegin(); each != running_.rend() && models.size() < kModels; ++each) {
    if (models_.contains(each->second)) models.push_back(each->second);
  }
  spare_.make(models, [this](ControlPacket& packet) {
    become_instance(packet.message.id);
    live_as_instance(packet);
  });
}

// In the child, which says itself that it is there: said by the zygote, the host would never hear
// of an instance whose zygote was killed right after the fork, nor end what that instance started.
void Zygote::announce(std::uint32_t id) noexcept {
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  wire::ControlMessage message;
  message.id = id;
  message.number = ::getpid();
  message.type = pidfd ? wire::ControlType::Spawned : wire::ControlType::SpawnFailed;
  try {
    if (!pidfd) message.text = fmt::format("cannot open a pidfd: {}", errno_text(errno));
    if (control_.send(message, {pidfd.get()}) && pidfd) return;
  } catch (const std::exception&) {
    // The host has gone, and this process has nobody left to tell.
  }
  ::_exit(kExitNotBorn);
}

void Zygote::kill(std::uint32_t id) {
  const auto found = running_.find(id);
  if (found != running_.end()) ::killpg(found->second, SIGKILL);
}

void Zygote::reap() {
  while (true) {
    siginfo_t ended{};
    const int rc = ::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT);
    if (rc < 0 && errno == EINTR) continue;
    if (rc < 0 || ended.si_pid == 0) return;
    const pid_t pid = ended.si_pid;
    // While the leader is a zombie its group cannot be anybody else's: what it left behind goes.
    ::killpg(pid, SIGKILL);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    learned_.erase(pid);  // the host hears of its end from its control socket
    spare_.ended(pid);
    models_.erase(pid);
    wire::ControlMessage message;
    message.type = wire::ControlType::Exited;
    message.number = status;
    for (auto each = running_.begin(); each != running_.end(); ++each) {
      if (each->second != pid) continue;
      message.id = each->first;
      running_.erase(each);
      send(message);
      break;
    }
  }
}

// ---- learned zygotes -------------------------------------------------------------------------

// A failure is the host's to notice: the control socket that it has made ends.
void Zygote::teach(std::vector<UniqueFd>& descriptors) {
  if (descriptors.size() != 2) return;
  // From now on it is another zygote's instances that somebody waits for.
  spare_.end();
  wants_spare_ = false;
  expect_one_thread("at a fork");
  const pid_t teacher = ::getpid();
  PyOS_BeforeFork();
  const pid_t child = ::fork();
  if (child == 0) live_as_learned(descriptors, teacher);
  PyOS_AfterFork_Parent();
  descriptors.clear();
  if (child > 0) learned_.insert(child);
}

// In the child: another zygote, with a control socket of its own.
void Zygote::live_as_learned(std::vector<UniqueFd>& descriptors, pid_t teacher) noexcept {
  // First of all: in a group of its own without that name it would look like an instance.
  ::prctl(PR_SET_NAME, kLearnedName);
  PyOS_AfterFork_Child();
  // While it imports it cannot look at signals; nothing is lost with it then.
  join_own_group(teacher);
  int status = 1;
  try {
    expect_one_thread("at its birth");
    control_ = Control(std::move(descriptors[0]));
    const UniqueFd lesson = std::move(descriptors[1]);
    running_.clear();
    models_.clear();
    learned_.clear();
    wants_spare_ = true;
    while (more_to_preload_) more_to_preload_ = preload_.next();
    if (learn_from(lesson)) {
      check(::prctl(PR_SET_PDEATHSIG, SIGTERM), "ask for a signal at the zygote's death");
      if (::getppid() == teacher) loop();
      status = 0;
    }
  } catch (const std::exception& error) {
    outlet_.write(wire::Stream::Stderr, fmt::format("localfn-worker: {}\n", error.what()));
  }
  kill_all();
  ::_exit(status);
}

bool Zygote::learn_from(const UniqueFd& lesson) {
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  check(pidfd.get(), "open a pidfd");
  say_hello({pidfd.get()});
  wire::ControlMessage message;
  const Learned learned = learn(read_lesson(lesson), [&](const std::string& name) {
    message.type = wire::ControlType::Trying;
    message.text = name;
    send(message);
  });
  if (learned.refused.empty()) {
    preload_.freeze();
    expect_one_thread("after its lesson");
  }
  message.type =
      learned.refused.empty() ? wire::ControlType::Learned : wire::ControlType::Refused;
  message.number = static_cast<std::int64_t>(learned.modules);
  message.text = learned.refused;
  message.entry.reason = learned.reason;
  send(message);
  return learned.refused.empty();
}

// They have their own sign to leave, and end their instances first.
void Zygote::await_learned() noexcept {
  const auto deadline = Deadline::after(kLearnedGrace);
  while (!learned_.empty() && !deadline.passed()) {
    pollfd source{signals_.get(), POLLIN, 0};
    ::poll(&source, 1, deadline.poll_timeout());
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    }
    try {
      reap();
    } catch (const std::exception&) {
      return;  // there is no host to tell
    }
  }
  for (const pid_t pid : learned_) ::kill(pid, SIGKILL);
}

void Zygote::kill_all() noexcept {
  spare_.end();
  for (const auto& [id, pid] : running_) {
    ::killpg(pid, SIGKILL);
    foreground_.take_from(pid);
  }
  foreground_.take_from_the_dead();
}

void close_all_but(int control) {
  if (control > 3) check(::close_range(3, static_cast<unsigned>(control) - 1, 0), "close files");
  check(::close_range(static_cast<unsigned>(control) + 1, ~0U, 0), "close files");
}

}  // namespace

int run_zygote(int control_fd, const Adapters& adapters) {
  if (control_fd < 3) throw std::runtime_error("the control socket must be descriptor 3 or above");
  close_all_but(control_fd);
  check(::prctl(PR_SET_PDEATHSIG, SIGTERM), "ask for a signal at the host's death");
  auto signals = block_signals({SIGCHLD, SIGTERM, SIGINT, SIGHUP});
  Zygote zygote(Control(UniqueFd(control_fd)), std::move(signals), adapters);
  try {
    zygote.prepare();
    zygote.loop();
  } catch (...) {
    zygote.kill_all();
    throw;
  }
  zygote.kill_all();
  zygote.await_learned();
  return 0;
}

}  // namespace localfn
