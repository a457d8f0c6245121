// The real binary, started by a test, watched to its end.
//
// It runs in a process group of its own with an environment made here: PATH, HOME and TMPDIR (both
// a private folder), LANG. It is killed when the thread that started it ends. A reader thread
// collects both of its streams; members may be called from any thread of the test.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "tests/support/processes.h"

namespace localfn::test {

struct Launch {
  std::vector<std::string> arguments;  ///< after the binary's name
  std::filesystem::path cwd;
  std::filesystem::path temp;  ///< TMPDIR and HOME of the binary
  std::vector<std::pair<std::string, std::string>> environment = {};  ///< added to the above
  std::string program = {};  ///< another one than the binary under test: a client of it
  /// In a session of its own, whose terminal is its standard input, output and error. All that
  /// shows there is Stream::Err.
  bool on_terminal = false;
};

enum class Stream { Out, Err };

class RunningLocalfn {
 public:
  /// Starts the binary; does not wait for anything. Throws std::system_error.
  explicit RunningLocalfn(const Launch& launch);
  /// Kills what is left of its process group.
  ~RunningLocalfn();
  RunningLocalfn(const RunningLocalfn&) = delete;
  RunningLocalfn& operator=(const RunningLocalfn&) = delete;

  /// Waits for the ready line and learns the port. Throws with the log when it does not come.
  void await_ready(Deadline deadline = patience());

  pid_t pid() const { return pid_; }
  std::uint16_t port() const { return port_; }

  /// What has been written so far.
  std::string output(Stream stream) const;
  std::string log() const { return output(Stream::Err); }

  /// How far a stream has come: pass it to await() to see only what is written later.
  std::size_t mark(Stream stream) const;

  /// Waits until `text` has been written after `from`; returns the text after `from` then. Throws
  /// with everything written when it does not come.
  std::string await(Stream stream, std::string_view text, std::size_t from = 0,
                    Deadline deadline = patience());
  std::string wait_for_log(std::string_view text, std::size_t from = 0,
                           Deadline deadline = patience()) {
    return await(Stream::Err, text, from, deadline);
  }

  /// The same for anything that can be said of the text after `from`; `what` names it.
  using Claim = std::function<bool(std::string_view)>;
  std::string await_claim(Stream stream, const Claim& claim, std::string_view what,
                          std::size_t from = 0, Deadline deadline = patience());

  /// Keys, where it runs on a terminal.
  void type(std::string_view keys) const;
  /// The terminal as the other side has it: for tcgetattr() and tcgetpgrp().
  int terminal() const { return streams_[1].get(); }

  /// Closes the pipes of both streams, as a terminal does that is shut.
  void stop_reading();

  void signal(int number) const;        ///< to the host alone
  void signal_group(int number) const;  ///< as a terminal does at Ctrl-C

  /// Waits for the host's end and for the last byte of both streams; returns the raw wait status.
  /// Throws when the deadline passes. May be called again.
  int await_exit(Deadline deadline = patience());
  int stop(int signal_number, Deadline deadline = patience());
  bool running() const;

  /// The host's child, the children of it that are zygotes too because they have learned, and the
  /// instances of all of these. Throws when there is no zygote.
  pid_t zygote() const;
  std::vector<pid_t> learned_zygotes() const;
  std::vector<pid_t> instances() const;
  static std::vector<pid_t> instances_of(pid_t zygote);
  /// Forked ahead, not yet an instance: one for each zygote at most.
  std::vector<pid_t> spares() const;

 private:
  void start_on_terminal(const Launch& launch);
  void read_streams();
  bool read_some(int index);

  pid_t pid_ = -1;
  UniqueFd pidfd_;
  UniqueFd streams_[2];
  UniqueFd wake_read_;
  UniqueFd wake_write_;
  std::uint16_t port_ = 0;
  bool reaped_ = false;
  int wait_status_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable written_;
  std::string text_[2];
  int open_streams_ = 2;
  std::thread reader_;
};

/// "> Ready! Available at http://127.0.0.1:PORT": the port, or 0 when it is not there yet.
std::uint16_t port_in_ready_line(std::string_view log);

}  // namespace localfn::test
