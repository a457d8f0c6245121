#include "tests/support/running_localfn.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>

#include "runtime/base/errors.h"

namespace localfn::test {

namespace {

constexpr std::string_view kReady = "> Ready! Available at http://";

std::vector<std::string> environment_of(const Launch& launch) {
  std::vector<std::string> all{"HOME=" + launch.temp.string(), "TMPDIR=" + launch.temp.string(),
                               "LANG=C.UTF-8"};
  for (const char* name : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS",
                           "LD_LIBRARY_PATH"}) {
    if (const char* value = std::getenv(name)) all.push_back(std::string(name) + "=" + value);
  }
  for (const auto& [name, value] : launch.environment) {
    // What a test sets takes the place of what is passed on: of two, getenv finds the first.
    std::erase_if(all, [&name = name](const auto& old) { return old.starts_with(name + "="); });
    all.push_back(name + "=" + value);
  }
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Between fork and exec: only calls that are safe after a fork of a process with threads. The
/// program gets default actions and an empty mask, as from a shell, a group of its own, and dies
/// with the test (a test that CTest kills at its time-out leaves no server behind).
[[noreturn]] void become_localfn(const char* cwd, char* const* arguments, char* const* environment,
                                 int out, int err, pid_t parent, bool on_terminal) {
  if (on_terminal) {
    ::setsid();
    ::ioctl(err, TIOCSCTTY, 0);
  } else {
    ::setpgid(0, 0);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = on_terminal ? ::dup(err) : ::open("/dev/null", O_RDONLY);
  if (::getppid() == parent && ::chdir(cwd) == 0 && ::dup2(nothing, 0) == 0 &&
      ::dup2(out, 1) == 1 && ::dup2(err, 2) == 2) {
    ::close(nothing);
    ::execve(arguments[0], arguments, environment);
  }
  ::_exit(127);
}

pid_t spawn(const Launch& launch, int out, int err) {
  std::vector<std::string> arguments{launch.program.empty() ? LOCALFN_BINARY : launch.program};
  arguments.insert(arguments.end(), launch.arguments.begin(), launch.arguments.end());
  std::vector<std::string> environment = environment_of(launch);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(environment);
  const pid_t parent = ::getpid();
  const pid_t pid = check(::fork(), "fork for " LOCALFN_BINARY);
  if (pid == 0) {
    become_localfn(launch.cwd.c_str(), argument_pointers.data(), environment_pointers.data(), out,
                   err, parent, launch.on_terminal);
  }
  // Here as well: whichever runs first, the group exists before anyone signals it. A leader of a
  // group could not become that of a session.
  if (!launch.on_terminal) ::setpgid(pid, pid);
  return pid;
}

}  // namespace

std::uint16_t port_in_ready_line(std::string_view log) {
  const auto at = log.find(kReady);
  if (at == std::string_view::npos) return 0;
  const auto end = log.find('\n', at);
  if (end == std::string_view::npos) return 0;
  const std::string_view line = log.substr(at, end - at);
  return static_cast<std::uint16_t>(std::stoi(std::string(line.substr(line.rfind(':') + 1))));
}

RunningLocalfn::RunningLocalfn(const Launch& launch) {
  FdPair wake = make_pipe();
  if (launch.on_terminal) {
    start_on_terminal(launch);
  } else {
    FdPair out = make_pipe();
    FdPair err = make_pipe();
    pid_ = spawn(launch, out.second.get(), err.second.get());
    streams_[0] = std::move(out.first);
    streams_[1] = std::move(err.first);
  }
  pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  check(pidfd_.get(), "open a pidfd of localfn");
  wake_read_ = std::move(wake.first);
  wake_write_ = std::move(wake.second);
  reader_ = std::thread([this] { read_streams(); });
}

void RunningLocalfn::start_on_terminal(const Launch& launch) {
  streams_[1] = UniqueFd(check(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "open a terminal"));
  check(::grantpt(streams_[1].get()), "grant a terminal");
  check(::unlockpt(streams_[1].get()), "unlock a terminal");
  std::array<char, 64> name{};
  check(::ptsname_r(streams_[1].get(), name.data(), name.size()) == 0 ? 0 : -1, "name a terminal");
  const UniqueFd side(check(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC), name.data()));
  open_streams_ = 1;
  pid_ = spawn(launch, side.get(), side.get());
}

void RunningLocalfn::type(std::string_view keys) const {
  check(::write(terminal(), keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()) ? 0 : -1,
        "type");
}

RunningLocalfn::~RunningLocalfn() {
  if (!reaped_) {
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  }
  stop_reading();
}

void RunningLocalfn::stop_reading() {
  wake_write_.reset();
  if (reader_.joinable()) reader_.join();
  for (UniqueFd& stream : streams_) stream.reset();
  const std::lock_guard lock(mutex_);
  open_streams_ = 0;
}

bool RunningLocalfn::read_some(int index) {
  std::array<char, 65536> buffer;
  const ssize_t got = ::read(streams_[index].get(), buffer.data(), buffer.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  const std::lock_guard lock(mutex_);
  if (got > 0) text_[index].append(buffer.data(), static_cast<std::size_t>(got));
  if (got <= 0) --open_streams_;
  written_.notify_all();
  return got > 0;
}

void RunningLocalfn::read_streams() {
  std::array<pollfd, 3> waited{{{streams_[0].get(), POLLIN, 0},
                                {streams_[1].get(), POLLIN, 0},
                                {wake_read_.get(), POLLIN, 0}}};
  while (waited[0].fd >= 0 || waited[1].fd >= 0) {
    // No deadline: this thread ends with the streams or with the object that owns it.
    if (::poll(waited.data(), waited.size(), -1) < 0) continue;
    for (int index : {0, 1}) {
      auto& stream = waited[static_cast<std::size_t>(index)];
      if (stream.fd >= 0 && stream.revents != 0 && !read_some(index)) stream.fd = -1;
    }
    if (waited[2].revents != 0) return;
  }
}

std::string RunningLocalfn::output(Stream stream) const {
  const std::lock_guard lock(mutex_);
  return text_[static_cast<int>(stream)];
}

std::size_t RunningLocalfn::mark(Stream stream) const {
  const std::lock_guard lock(mutex_);
  return text_[static_cast<int>(stream)].size();
}

std::string RunningLocalfn::await_claim(Stream stream, const Claim& claim, std::string_view what,
                                        std::size_t from, Deadline deadline) {
  std::unique_lock lock(mutex_);
  const std::string& seen = text_[static_cast<int>(stream)];
  const auto later = [&] { return std::string_view(seen).substr(std::min(from, seen.size())); };
  bool holds = false;
  written_.wait_until(lock, deadline.when(),
                      [&] { return (holds = claim(later())) || open_streams_ == 0; });
  if (holds) return std::string(later());
  throw std::runtime_error("localfn did not write " + std::string(what) + ".\n-- stdout:\n" +
                           text_[0] + "\n-- stderr:\n" + text_[1]);
}

std::string RunningLocalfn::await(Stream stream, std::string_view text, std::size_t from,
                                  Deadline deadline) {
  const auto there = [text](std::string_view seen) {
    return seen.find(text) != std::string_view::npos;
  };
  return await_claim(stream, there, "\"" + std::string(text) + "\"", from, deadline);
}

void RunningLocalfn::await_ready(Deadline deadline) {
  await(Stream::Err, kReady, 0, deadline);
  await(Stream::Err, "\n", log().find(kReady), deadline);
  port_ = port_in_ready_line(log());
}

void RunningLocalfn::signal(int number) const {
  ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
}

void RunningLocalfn::signal_group(int number) const { ::kill(-pid_, number); }

bool RunningLocalfn::running() const {
  pollfd waited{pidfd_.get(), POLLIN, 0};
  return ::poll(&waited, 1, 0) == 0;
}

int RunningLocalfn::await_exit(Deadline deadline) {
  if (reaped_) return wait_status_;
  pollfd waited{pidfd_.get(), POLLIN, 0};
  while (::poll(&waited, 1, deadline.poll_timeout()) != 1) {
    if (deadline.passed()) throw std::runtime_error("localfn does not end. Its log:\n" + log());
  }
  check(::waitpid(pid_, &wait_status_, 0), "wait for localfn");
  reaped_ = true;
  std::unique_lock lock(mutex_);
  if (!written_.wait_until(lock, deadline.when(), [&] { return open_streams_ == 0; })) {
    throw std::runtime_error("localfn has ended but something still holds its stdout or stderr");
  }
  return wait_status_;
}

int RunningLocalfn::stop(int signal_number, Deadline deadline) {
  signal(signal_number);
  return await_exit(deadline);
}

pid_t RunningLocalfn::zygote() const {
  for (const ProcessInfo& child : children_of(pid_)) {
    if (!child.dead()) return child.pid;
  }
  throw std::runtime_error("localfn has no zygote. Its log:\n" + log());
}

std::vector<pid_t> RunningLocalfn::learned_zygotes() const {
  std::vector<pid_t> found;
  for (const ProcessInfo& child : children_of(zygote())) {
    if (!child.dead() && child.name == "localfn-learned") found.push_back(child.pid);
  }
  return found;
}

std::vector<pid_t> RunningLocalfn::instances() const {
  std::vector<pid_t> zygotes = learned_zygotes();
  zygotes.push_back(zygote());
  std::vector<pid_t> found;
  for (const pid_t zygote : zygotes) {
    for (const pid_t instance : instances_of(zygote)) found.push_back(instance);
  }
  return found;
}

std::vector<pid_t> RunningLocalfn::instances_of(pid_t zygote) {
  std::vector<pid_t> found;
  for (const ProcessInfo& child : children_of(zygote)) {
    // Spares and learned zygotes have their names before they have groups of their own.
    const bool other = child.name == "localfn-learned" || child.name == "localfn-spare";
    if (!child.dead() && !other && child.group == child.pid) found.push_back(child.pid);
  }
  return found;
}

std::vector<pid_t> RunningLocalfn::spares() const {
  std::vector<pid_t> found;
  for (const ProcessInfo& process : descendants_of(pid_)) {
    if (!process.dead() && process.name == "localfn-spare") found.push_back(process.pid);
  }
  return found;
}

}  // namespace localfn::test
