// Plays the host to a real worker process: starts it, speaks the protocol, waits with deadlines.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/wire.h"

namespace localfn::test {

/// A folder of files that is gone after the test.
class TempProject {
 public:
  TempProject();
  ~TempProject();
  TempProject(const TempProject&) = delete;
  TempProject& operator=(const TempProject&) = delete;

  void write(const std::string& file, const std::string& text) const;
  std::string path(const std::string& file = {}) const;

 private:
  std::filesystem::path root_;
};

/// One frame as it came, its payload kept.
struct Frame {
  wire::FrameHeader header;
  std::string payload;
};

/// What came for one invocation until its End.
struct Answer {
  wire::HeadFrame head;
  std::string body;
  std::vector<std::string> logs;  ///< one for each frame: "1:text" or "2:text"
  wire::EndFrame end;
  int bodies = 0;
};

/// The host's side of one instance.
class InstanceUnderTest {
 public:
  std::uint32_t id = 0;
  pid_t pid = 0;
  UniqueFd pidfd;
  UniqueFd channel;
  UniqueFd out;
  UniqueFd err;

  void send(const std::string& bytes) const;
  void request(std::uint32_t invocation, const std::string& target, bool shared = false,
               const std::string& body = {}, const std::string& method = "GET") const;
  void cancel(std::uint32_t invocation) const;
  void stop() const;
  void signal(int number) const;

  /// The next frame; fails the test after a minute, or at the end of the channel.
  Frame next();
  /// Whether the channel ends (within a minute) before another frame.
  bool ended();
  wire::ReadyFrame ready();
  wire::ImportFailedFrame import_failed();
  /// Frames until the End of `invocation`; those of others are kept for their own call.
  Answer answer(std::uint32_t invocation);
  Answer get(std::uint32_t invocation, const std::string& target);
  /// What it has written in Log frames after its End, among the frames read so far.
  std::vector<std::string> late_logs(std::uint32_t invocation) { return late_logs_[invocation]; }
  /// The same once there is something; of the instance itself for 0.
  std::vector<std::string> await_late_logs(std::uint32_t invocation);

  /// Everything on a pipe until `enough` says so, or its end. Fails the test after a minute.
  static std::string read_until(int fd, const std::function<bool(const std::string&)>& enough);
  std::string output_until(const std::string& part) const;
  std::string errors_until(const std::string& part) const;
  bool gone() const;  ///< waits for its death, a minute at most

 private:
  bool fill();
  void sort(const Frame& frame);

  wire::FrameReader frames_{wire::kMaxToHost};
  std::map<std::uint32_t, Answer> answers_;
  std::map<std::uint32_t, bool> finished_;
  std::map<std::uint32_t, std::vector<std::string>> late_logs_;
};

class WorkerUnderTest {
 public:
  using Variables = std::vector<std::pair<std::string, std::string>>;
  explicit WorkerUnderTest(const Variables& environment = Variables());
  ~WorkerUnderTest();
  WorkerUnderTest(const WorkerUnderTest&) = delete;
  WorkerUnderTest& operator=(const WorkerUnderTest&) = delete;

  pid_t pid() const { return pid_; }
  const wire::ControlMessage& hello() const { return hello_; }
  milliseconds time_to_hello() const { return time_to_hello_; }

  InstanceUnderTest spawn();
  /// The usual way: spawn and Load, without waiting for Ready.
  InstanceUnderTest start(const TempProject& project, const std::string& file,
                          const std::string& variable = "handler",
                          std::vector<std::pair<std::string, std::string>> environment = {});
  /// Forks a learned zygote, which has said Hello when this returns.
  std::unique_ptr<WorkerUnderTest> learn(const wire::Lesson& lesson);
  void kill(std::uint32_t id);
  wire::Entry scan(const std::string& path);
  /// The wait status that the zygote reports for the instance.
  int await_exit(std::uint32_t id);
  int exits_reported(std::uint32_t id) const;

  void send(const wire::ControlMessage& message, const std::vector<int>& descriptors = {});
  /// The next control message of that type; Exited ones in between are noted.
  wire::ControlMessage next(wire::ControlType type, UniqueFd* descriptor = nullptr);
  void close_control() { control_.reset(); }
  void kill_zygote();

 private:
  explicit WorkerUnderTest(UniqueFd control);

  UniqueFd control_;
  pid_t pid_ = -1;
  bool reaped_ = false;
  wire::ControlMessage hello_;
  milliseconds time_to_hello_{0};
  std::uint32_t last_id_ = 0;
  std::map<std::uint32_t, std::vector<int>> exits_;
};

/// True once no process of the group is alive (zombies count as gone); false after a minute.
bool group_is_gone(pid_t group);

/// The numbers in /proc/PID/fd with what they lead to, sorted.
std::map<int, std::string> descriptors_of(pid_t pid);

}  // namespace localfn::test
