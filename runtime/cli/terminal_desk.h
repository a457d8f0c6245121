// The terminal, for debuggers in instances: handed to one at a time.
//
// An instance whose code stops connects to the desk and waits. When it is its turn it gets a
// descriptor of the terminal; it gives it back by closing the connection, which its death does as
// well. Whatever became of it, the terminal is then set as it was and its keys go to the host
// again. One thread of its own; `hold` is called on it.
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <atomic>
#include <deque>
#include <functional>
#include <string>
#include <thread>

#include "runtime/base/fd.h"

namespace localfn::cli {

class TerminalDesk {
 public:
  /// Called with true before a debugger gets the terminal, with false when it has been given back.
  using Hold = std::function<void(bool)>;

  /// Opens the terminal, if there is one that a person reads: standard error. Throws
  /// std::system_error when the kernel has no more descriptors or threads.
  explicit TerminalDesk(Hold hold);
  /// Takes the terminal back from whoever has it.
  ~TerminalDesk();
  TerminalDesk(const TerminalDesk&) = delete;
  TerminalDesk& operator=(const TerminalDesk&) = delete;

  /// LoadFrame::terminal: where the desk is, and what TERM says; empty when there is no terminal.
  const std::string& place() const { return place_; }

  /// Whether a debugger has the terminal at the moment. Any thread.
  bool busy() const { return busy_; }

 private:
  void listen();
  void run();
  void accept_one();
  void serve_next();
  bool hand_out(int line);
  void take_back();

  const Hold hold_;
  UniqueFd terminal_;
  UniqueFd listener_;
  UniqueFd stop_;
  std::string place_;
  std::atomic<bool> busy_{false};

  // The thread's own.
  UniqueFd holder_;
  std::deque<UniqueFd> waiting_;
  termios modes_{};
  pid_t group_ = -1;

  std::thread thread_;
};

}  // namespace localfn::cli
