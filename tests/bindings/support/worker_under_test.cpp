#include "tests/bindings/support/worker_under_test.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "runtime/base/errors.h"
#include "tests/support/passenger.h"

namespace localfn::test {
namespace {

using namespace std::chrono_literals;

// Far more than anything takes: a machine may be very busy.
constexpr auto kPatience = 60s;

// Fails the test by throwing, which names the test and leaves its destructors to clean up.
void await(int fd, short events, Deadline deadline, const char* what) {
  pollfd waiting{fd, events, 0};
  while (true) {
    const int ready = ::poll(&waiting, 1, deadline.poll_timeout());
    if (ready > 0) return;
    if (ready == 0) throw std::runtime_error(fmt::format("timed out: {}", what));
  }
}

}  // namespace

// ---- project ---------------------------------------------------------------------------------

TempProject::TempProject() {
  std::string pattern = (std::filesystem::temp_directory_path() / "localfn-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) check(-1, "make a temporary folder");
  root_ = std::filesystem::canonical(pattern);
}

TempProject::~TempProject() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::string TempProject::path(const std::string& file) const {
  return file.empty() ? root_.string() : (root_ / file).string();
}

void TempProject::write(const std::string& file, const std::string& text) const {
  std::filesystem::create_directories((root_ / file).parent_path());
  std::ofstream(root_ / file, std::ios::binary) << text;
}

// ---- instance --------------------------------------------------------------------------------

void InstanceUnderTest::send(const std::string& bytes) const {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const auto sent = ::send(channel.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    check(static_cast<int>(sent), "send to the instance");
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void InstanceUnderTest::request(std::uint32_t invocation, const std::string& target, bool shared,
                                const std::string& body, const std::string& method) const {
  wire::RequestFrame frame;
  const auto line = method + " " + target + " HTTP/1.1";
  const auto headers = fmt::format("Host: localhost\r\nContent-Length: {}\r\n", body.size());
  frame.id = "test";
  frame.method = method;
  frame.target = target;
  frame.request_line = line;
  frame.version = "HTTP/1.1";
  frame.headers = headers;
  frame.body = body;
  std::string bytes;
  wire::encode(bytes, frame, invocation, shared);
  send(bytes);
}

void InstanceUnderTest::cancel(std::uint32_t invocation) const {
  std::string bytes;
  wire::encode_plain(bytes, wire::FrameType::Cancel, invocation);
  send(bytes);
}

void InstanceUnderTest::stop() const {
  std::string bytes;
  wire::encode_plain(bytes, wire::FrameType::Stop, 0);
  send(bytes);
}

void InstanceUnderTest::signal(int number) const {
  check(static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd.get(), number, nullptr, 0)),
        "send a signal to the instance");
}

bool InstanceUnderTest::fill() {
  await(channel.get(), POLLIN, Deadline::after(kPatience), "waiting for a frame of the instance");
  const auto space = frames_.space();
  const auto got = ::recv(channel.get(), space.data(), space.size(), 0);
  if (got <= 0) return false;
  frames_.filled(static_cast<std::size_t>(got));
  return true;
}

Frame InstanceUnderTest::next() {
  Frame frame;
  std::string_view payload;
  while (true) {
    switch (frames_.next(frame.header, payload)) {
      case wire::FrameReader::Next::Frame: frame.payload = payload; return frame;
      case wire::FrameReader::Next::Malformed: throw std::runtime_error("malformed frame");
      case wire::FrameReader::Next::NeedMore:
        if (!fill()) throw std::runtime_error("the channel ended");
    }
  }
}

bool InstanceUnderTest::ended() {
  wire::FrameHeader header;
  std::string_view payload;
  return frames_.next(header, payload) == wire::FrameReader::Next::NeedMore && !fill();
}

wire::ReadyFrame InstanceUnderTest::ready() {
  const Frame frame = next();
  wire::ReadyFrame ready;
  if (frame.header.type == wire::FrameType::ImportFailed) {
    wire::ImportFailedFrame failed;
    wire::decode(frame.payload, failed);
    throw std::runtime_error("import failed: " + failed.failure.traceback);
  }
  if (frame.header.type != wire::FrameType::Ready || !wire::decode(frame.payload, ready)) {
    throw std::runtime_error("expected a Ready frame");
  }
  return ready;
}

wire::ImportFailedFrame InstanceUnderTest::import_failed() {
  const Frame frame = next();
  wire::ImportFailedFrame failed;
  if (frame.header.type != wire::FrameType::ImportFailed || !wire::decode(frame.payload, failed)) {
    throw std::runtime_error("expected an ImportFailed frame");
  }
  return failed;
}

void InstanceUnderTest::sort(const Frame& frame) {
  const auto invocation = frame.header.invocation;
  const bool late = finished_[invocation] || invocation == 0;
  if (late && frame.header.type != wire::FrameType::Log) {
    throw std::runtime_error("a frame after the End of its invocation");
  }
  Answer& answer = answers_[invocation];
  bool good = true;
  switch (frame.header.type) {
    case wire::FrameType::Head: good = wire::decode(frame.payload, answer.head); break;
    case wire::FrameType::Body:
      answer.body += frame.payload;
      ++answer.bodies;
      break;
    case wire::FrameType::Log: {
      wire::LogFrame log;
      good = wire::decode(frame.payload, log);
      (late ? late_logs_[invocation] : answer.logs)
          .push_back(fmt::format("{}:{}", static_cast<int>(log.stream), log.text));
      break;
    }
    case wire::FrameType::End:
      good = wire::decode(frame.payload, answer.end);
      finished_[invocation] = true;
      break;
    default: good = false;
  }
  if (!good) throw std::runtime_error("a frame that an invocation cannot have");
}

Answer InstanceUnderTest::answer(std::uint32_t invocation) {
  while (!finished_[invocation]) sort(next());
  return answers_[invocation];
}

std::vector<std::string> InstanceUnderTest::await_late_logs(std::uint32_t invocation) {
  while (late_logs_[invocation].empty()) sort(next());
  return late_logs_[invocation];
}

Answer InstanceUnderTest::get(std::uint32_t invocation, const std::string& target) {
  request(invocation, target);
  return answer(invocation);
}

std::string InstanceUnderTest::read_until(int fd,
                                          const std::function<bool(const std::string&)>& enough) {
  const auto deadline = Deadline::after(kPatience);
  std::string text;
  while (!enough(text)) {
    await(fd, POLLIN, deadline, "reading an output pipe");
    char buffer[4096];
    const auto got = ::read(fd, buffer, sizeof buffer);
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

std::string InstanceUnderTest::output_until(const std::string& part) const {
  return read_until(out.get(),
                    [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

std::string InstanceUnderTest::errors_until(const std::string& part) const {
  return read_until(err.get(),
                    [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

bool InstanceUnderTest::gone() const {
  pollfd death{pidfd.get(), POLLIN, 0};
  return ::poll(&death, 1, 60'000) == 1;
}

// ---- worker ----------------------------------------------------------------------------------

WorkerUnderTest::WorkerUnderTest(const Variables& environment) {
  auto ends = make_socketpair(SOCK_SEQPACKET);
  control_ = std::move(ends.first);
  // Without CLOEXEC, at a number of its own, as the host hands it over.
  const UniqueFd inherited(check(::fcntl(ends.second.get(), F_DUPFD, 20), "copy a descriptor"));
  ends.second.reset();
  std::string command = LOCALFN_TEST_WORKER;
  std::string flag = "--control";
  std::string number = std::to_string(inherited.get());
  char* arguments[] = {command.data(), flag.data(), number.data(), nullptr};
  std::vector<std::string> variables = {"PATH=/usr/bin:/bin", "HOME=/nonexistent",
                                        "ASAN_OPTIONS=detect_leaks=0"};
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> pointers;
  for (auto& variable : variables) pointers.push_back(variable.data());
  pointers.push_back(nullptr);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  const auto began = Clock::now();
  const int rc = ::posix_spawn(&pid_, command.c_str(), nullptr, &attributes, arguments,
                               pointers.data());
  ::posix_spawnattr_destroy(&attributes);
  if (rc != 0) throw std::runtime_error("cannot start " + command + ": " + errno_text(rc));
  hello_ = next(wire::ControlType::Hello);
  time_to_hello_ = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
}

WorkerUnderTest::WorkerUnderTest(UniqueFd control) : control_(std::move(control)) {
  hello_ = next(wire::ControlType::Hello);
  pid_ = static_cast<pid_t>(hello_.number);
}

std::unique_ptr<WorkerUnderTest> WorkerUnderTest::learn(const wire::Lesson& lesson) {
  auto control = make_socketpair(SOCK_SEQPACKET);
  const UniqueFd file(check(::memfd_create("lesson", MFD_CLOEXEC), "make a file in memory"));
  const std::string bytes = wire::encode(lesson);
  check(static_cast<int>(::write(file.get(), bytes.data(), bytes.size())), "write the lesson");
  wire::ControlMessage message;
  message.type = wire::ControlType::Learn;
  send(message, {control.second.get(), file.get()});
  control.second.reset();
  return std::unique_ptr<WorkerUnderTest>(new WorkerUnderTest(std::move(control.first)));
}

WorkerUnderTest::~WorkerUnderTest() { kill_zygote(); }

void WorkerUnderTest::kill_zygote() {
  if (reaped_) return;
  reaped_ = true;
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
}

void WorkerUnderTest::send(const wire::ControlMessage& message,
                           const std::vector<int>& descriptors) {
  std::string packet = wire::encode(message);
  iovec bytes{packet.data(), packet.size()};
  alignas(cmsghdr) char ancillary[CMSG_SPACE(8 * sizeof(int))] = {};
  msghdr envelope{};
  envelope.msg_iov = &bytes;
  envelope.msg_iovlen = 1;
  if (!descriptors.empty()) {
    envelope.msg_control = ancillary;
    envelope.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&envelope);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size() * sizeof(int));
  }
  check(static_cast<int>(::sendmsg(control_.get(), &envelope, MSG_NOSIGNAL)), "send to the zygote");
}

wire::ControlMessage WorkerUnderTest::next(wire::ControlType type, UniqueFd* descriptor) {
  const auto deadline = Deadline::after(kPatience);
  while (true) {
    await(control_.get(), POLLIN, deadline, "waiting for the zygote");
    std::vector<char> buffer(wire::kMaxControl);
    UniqueFd came;
    const auto got = test::receive_with_passenger(control_.get(), buffer, came);
    if (got <= 0) throw std::runtime_error("the zygote closed the control socket");
    wire::ControlMessage message;
    if (!wire::decode({buffer.data(), static_cast<std::size_t>(got)}, message)) {
      throw std::runtime_error("a malformed control message");
    }
    if (message.type == wire::ControlType::Exited) {
      exits_[message.id].push_back(static_cast<int>(message.number));
    }
    if (message.type != type) continue;
    if (descriptor != nullptr) *descriptor = std::move(came);
    return message;
  }
}

InstanceUnderTest WorkerUnderTest::spawn() {
  auto channel = make_socketpair(SOCK_STREAM);
  auto out = make_pipe();
  auto err = make_pipe();
  wire::ControlMessage message;
  message.type = wire::ControlType::Spawn;
  message.id = ++last_id_;
  send(message, {channel.second.get(), out.second.get(), err.second.get()});
  InstanceUnderTest instance;
  const auto reply = next(wire::ControlType::Spawned, &instance.pidfd);
  instance.id = reply.id;
  instance.pid = static_cast<pid_t>(reply.number);
  instance.channel = std::move(channel.first);
  instance.out = std::move(out.first);
  instance.err = std::move(err.first);
  return instance;
}

InstanceUnderTest WorkerUnderTest::start(
    const TempProject& project, const std::string& file, const std::string& variable,
    std::vector<std::pair<std::string, std::string>> environment) {
  InstanceUnderTest instance = spawn();
  wire::LoadFrame load;
  load.root = project.path();
  load.file = file;
  load.variable = variable;
  load.environment = std::move(environment);
  load.port = 3000;
  std::string bytes;
  wire::encode(bytes, load);
  instance.send(bytes);
  return instance;
}

void WorkerUnderTest::kill(std::uint32_t id) {
  wire::ControlMessage message;
  message.type = wire::ControlType::Kill;
  message.id = id;
  send(message);
}

wire::Entry WorkerUnderTest::scan(const std::string& path) {
  wire::ControlMessage message;
  message.type = wire::ControlType::Scan;
  message.id = ++last_id_;
  message.text = path;
  send(message);
  return next(wire::ControlType::Scanned).entry;
}

int WorkerUnderTest::await_exit(std::uint32_t id) {
  while (exits_[id].empty()) next(wire::ControlType::Exited);
  return exits_[id].front();
}

int WorkerUnderTest::exits_reported(std::uint32_t id) const {
  const auto found = exits_.find(id);
  return found == exits_.end() ? 0 : static_cast<int>(found->second.size());
}

// ---- processes -------------------------------------------------------------------------------

bool group_is_gone(pid_t group) {
  const auto deadline = Deadline::after(kPatience);
  while (!deadline.passed()) {
    bool alive = false;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::ifstream file(entry.path() / "stat");
      std::string stat;
      if (!std::getline(file, stat)) continue;
      // "pid (name) state ppid pgrp …"; the name may hold anything, so count from its end.
      char state = 0;
      int parent = 0;
      int its_group = 0;
      const auto rest = stat.substr(stat.rfind(')') + 1);
      if (std::sscanf(rest.c_str(), " %c %d %d", &state, &parent, &its_group) != 3) continue;
      alive = alive || (its_group == group && state != 'Z' && state != 'X');
    }
    if (!alive) return true;
    ::poll(nullptr, 0, 5);
  }
  return false;
}

std::map<int, std::string> descriptors_of(pid_t pid) {
  std::map<int, std::string> found;
  const auto folder = fmt::format("/proc/{}/fd", pid);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::error_code ignored;
    found[std::stoi(entry.path().filename())] =
        std::filesystem::read_symlink(entry.path(), ignored).string();
  }
  return found;
}

}  // namespace localfn::test
