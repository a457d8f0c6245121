// The half of the event loop that is not Python: frames in, frames out.
//
// Everything but finished_status() and the constructor is called on the loop's thread, with the GIL.
#pragma once

#include <pthread.h>
#include <pybind11/pybind11.h>

#include <atomic>
#include <string>

#include "bindings/asgi/scope.h"
#include "bindings/handler/http_date.h"
#include "bindings/serving.h"
#include "bindings/usage.h"
#include "runtime/base/clock.h"

namespace localfn {

class LoopNative {
 public:
  LoopNative(const InstanceParts& parts, const wire::LoadFrame& load);
  LoopNative(const LoopNative&) = delete;
  LoopNative& operator=(const LoopNative&) = delete;

  /// An object with the functions that event_loop.py and exchange.py call: descriptor, read, flush,
  /// head, body, end, finished. Must not be used once this has gone.
  pybind11::object functions();
  /// The event loop's Server, which is told of what arrives. Before the first read().
  void connect(pybind11::object server) { server_ = std::move(server); }
  void continue_with(wire::FrameReader& frames) { frames_ = std::move(frames); }

  /// True once the loop has ended; the main thread is woken then. Any thread.
  bool has_finished() const { return finished_.load(); }
  pybind11::object finished_with() const;  ///< the exception that ended it, or None

  /// Puts a text into a Stack frame. Any thread, with the GIL.
  void send_stack(std::uint32_t invocation, const std::string& text);

 private:
  void read();
  bool take_frames();
  void on_frame(const wire::FrameHeader& header, std::string_view payload);
  void begin(std::uint32_t id, std::string_view payload);
  void begin_websocket(std::uint32_t id, std::string_view payload);
  void upgraded(std::uint32_t id);
  void answer_ping(std::uint32_t id);
  pybind11::tuple head(std::uint32_t id, pybind11::object status, pybind11::object headers);
  void body(std::uint32_t id, pybind11::object head, pybind11::buffer bytes, int flags);
  void end(std::uint32_t id, int result, bool streamed, bool cut, pybind11::object head,
           pybind11::object error, pybind11::object text, std::uint64_t cpu_before);
  void finish(std::uint32_t id, std::string before, wire::EndFrame& frame,
              std::uint64_t cpu_before);
  void finished(pybind11::object error);

  const InstanceParts parts_;
  const bool debug_;
  const pthread_t main_;
  wire::FrameReader frames_{wire::kMaxToInstance};
  ScopeMaker scopes_;
  DateCache date_;
  pybind11::object server_;
  bool batch_ = false;  ///< requests were begun; what they send at once leaves together
  UsageMeter usage_;
  pybind11::object ended_with_;
  std::atomic<bool> finished_{false};
};

}  // namespace localfn
