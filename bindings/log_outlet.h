// Where Python's sys.stdout, sys.stderr and logging write: into the channel, with the invocation
// they belong to; to descriptors 1 and 2 while the function's module is imported.
//
// The invocation is a context variable, so that it follows asyncio tasks and asyncio.to_thread;
// python/threads.py takes it into the threads that user code starts and into what executors run.
// Made once in the zygote (install), inherited by every instance (connect). The GIL is held by every
// caller.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <string_view>

#include "bindings/channel.h"
#include "bindings/invocations.h"

namespace localfn {

class LogOutlet {
 public:
  LogOutlet() = default;
  LogOutlet(const LogOutlet&) = delete;
  LogOutlet& operator=(const LogOutlet&) = delete;

  /// Puts the streams, `print`, the root logger's handler and the threads' in place. The outlet must live as long
  /// as the process: Python keeps pointers to it.
  void install();

  /// From here on, invocations' output goes into the channel.
  void connect(Channel& channel, Invocations& invocations);

  /// From here on also that of none, under the number 0: from the pipes it would pass for what an
  /// invocation has written.
  void begin_serving() { serving_ = true; }

  /// `level`: of a logging record. Lost while the module is imported.
  void write(wire::Stream stream, std::string_view text, wire::Level level = wire::Level::None);

  /// While a debugger has put the terminal in the place of descriptors 1 and 2: what the invocation
  /// of this thread writes goes there, too, where its prompt is. False: into the channel again.
  void show_on_terminal(bool shows) { on_terminal_ = shows ? current_invocation() : kNone; }

  bool is_on_terminal(std::uint32_t invocation) const { return on_terminal_ == invocation; }

  /// sys.stdout as every instance finds it.
  pybind11::handle stdout_stream() const { return streams_[0]; }

  /// The context variable, for adapters that run invocations as tasks: its value is the number of
  /// the invocation, 0 for none.
  pybind11::handle variable() const { return variable_; }

  /// Flushes what user code has put in place of our streams, and the raw ones. Swallows errors: a
  /// closed stream of the user's is no failure of the invocation.
  void flush_python_streams();

  /// One invocation's fresh context, in which the output carries its id. Never nested in a thread.
  class Attributed {
   public:
    Attributed(LogOutlet& outlet, std::uint32_t invocation);
    ~Attributed();
    Attributed(const Attributed&) = delete;
    Attributed& operator=(const Attributed&) = delete;

   private:
    PyObject* context_;
  };

 private:
  std::uint32_t current_invocation() const;
  bool write_attributed(wire::LogFrame frame);

  static constexpr std::int64_t kNone = -1;

  Channel* channel_ = nullptr;
  bool serving_ = false;
  std::int64_t on_terminal_ = kNone;  ///< an invocation
  Invocations* invocations_ = nullptr;
  PyObject* variable_ = nullptr;  ///< the context variable; lives as long as the process
  PyObject* streams_[2] = {};     ///< ours, to tell them from what user code put in their place
  // Asked after every invocation: PySys_GetObject() would make a str of each name.
  PyObject* sys_ = nullptr;  ///< the dictionary of the module sys
  PyObject* names_[2] = {};  ///< "stdout", "stderr"
};

}  // namespace localfn
