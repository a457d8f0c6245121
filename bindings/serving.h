// The threads of an instance, and which of them reads the channel.
//
// A lane is a Python thread that can read the channel and run invocations. One lane has the right
// to read. It runs an unshared request itself, with no hand-over, and reads again afterwards. Before
// it runs a shared one it hands the right to another lane, parked or new; the read-again signal does
// the same while an unshared invocation runs. With `fresh_threads` the right always goes to a new
// lane before a request runs, and no lane parks. The main thread runs no invocation: it waits for
// signals, as the main thread of the platform's server does, and ends the instance.
#pragma once

#include <pthread.h>
#include <pybind11/pybind11.h>

#include <condition_variable>
#include <csignal>
#include <list>
#include <mutex>

#include "bindings/adapter.h"
#include "bindings/channel.h"
#include "bindings/debugger.h"
#include "bindings/invocations.h"
#include "bindings/loaded_files.h"
#include "bindings/log_outlet.h"
#include "bindings/usage.h"

namespace localfn {

/// What an instance consists of, for those who run invocations in it. Outlives every thread.
struct InstanceParts {
  Channel& channel;
  LogOutlet& outlet;
  LoadedFiles& loaded;
  Invocations& invocations;
  Debugger& debugger;
  std::string root;  ///< of the project, absolute
};

class Serving {
 public:
  /// `fresh_threads`: wire::LoadFrame::fresh_threads.
  Serving(InstanceParts parts, Adapter& adapter, bool fresh_threads)
      : parts_(parts), adapter_(adapter), fresh_threads_(fresh_threads) {}

  /// On the main thread, with the GIL. Serves until the host says Stop and nothing runs any more,
  /// or until a signal handler of user code ends the process; returns the exit status then.
  /// `frames` holds what arrived after the Load frame.
  int run(wire::FrameReader& frames);

 private:
  struct Lane {
    wire::FrameReader frames{wire::kMaxToInstance};
    pthread_t thread{};
    bool running = false;  ///< inside an invocation
    bool parked = false;   ///< waits for the right to read
    std::uint32_t invocation = 0;  ///< the last one that ran here
    UsageMeter usage;
  };

  static PyObject* lane_main(PyObject* self, PyObject* argument);
  void start_thread(Lane& lane);
  void serve(Lane& lane);
  bool await_right_to_read(Lane& lane);
  void next_frame(Lane& lane, wire::FrameHeader& header, std::string_view& payload);
  bool hand_over(std::unique_lock<std::mutex>& lock, Lane& from);
  void take_back(Lane& to, Lane& from);

  void on_frame(Lane& lane, const wire::FrameHeader& header, std::string_view payload);
  void on_request(Lane& lane, const wire::FrameHeader& header, std::string_view payload);
  void on_stop();
  void invoke(Lane& lane, std::uint32_t id, const wire::RequestFrame& request,
              UniqueFd connection);
  bool reads_next(const Lane& lane);
  bool client_gone(Lane& lane, std::uint32_t id);

  int await_end(const sigset_t& ours);
  bool stopping();
  void promote_reader();
  void show_stacks();

  InstanceParts parts_;
  Adapter& adapter_;
  const bool fresh_threads_;
  pthread_t main_{};

  std::mutex mutex_;  ///< held for moments only; everything below is under it
  std::condition_variable right_to_read_;
  std::list<Lane> lanes_;
  Lane* reader_ = nullptr;    ///< who has the right to read
  bool reader_busy_ = false;  ///< the reader runs an unshared invocation meanwhile
  bool share_next_ = false;   ///< the read-again signal overtook the request it was sent for
  bool stopping_ = false;
  std::size_t parked_ = 0;
};

}  // namespace localfn
