#include "bindings/serving.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "bindings/channel_responder.h"
#include "bindings/embedded.h"
#include "bindings/main_thread.h"

namespace py = pybind11;

namespace localfn {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSpareLanes = 3;
constexpr auto kSpareLife = 30s;
// A buffer that has held a large body is given back after it.
constexpr std::size_t kLargePayload = 1 << 20;

[[noreturn]] void leave_for(const char* reason) {
  const auto text = fmt::format("localfn: the instance leaves: {}\n", reason);
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) ::_exit(1);
  ::_exit(1);
}

// What has arrived after the last frame that was taken.
std::string_view pending_bytes(wire::FrameReader& frames) {
  const std::size_t size = frames.pending();
  if (size == 0) return {};
  return {frames.space(0).data() - size, size};
}

wire::FrameReader continuing(wire::FrameReader& from) {
  wire::FrameReader frames(wire::kMaxToInstance);
  const auto rest = pending_bytes(from);
  if (!rest.empty()) {
    std::memcpy(frames.space(rest.size()).data(), rest.data(), rest.size());
    frames.filled(rest.size());
  }
  return frames;
}

}  // namespace

// ---- threads ---------------------------------------------------------------------------------

PyObject* Serving::lane_main(PyObject* self, PyObject* argument) {
  auto* serving = static_cast<Serving*>(PyCapsule_GetPointer(self, nullptr));
  auto* lane = static_cast<Lane*>(PyLong_AsVoidPtr(argument));
  if (serving == nullptr || lane == nullptr) return nullptr;
  try {
    serving->serve(*lane);
  } catch (const std::exception& error) {
    // Not user code's doing: adapters do not throw.
    leave_for(error.what());
  }
  Py_RETURN_NONE;
}

void Serving::start_thread(Lane& lane) {
  // The name is what threading makes of the target's, here as on the platform.
  static PyMethodDef target = {"process_request_thread", &Serving::lane_main, METH_O, nullptr};
  const py::capsule self(this);
  const auto function =
      py::reinterpret_steal<py::object>(PyCFunction_New(&target, self.ptr()));
  const auto argument = py::reinterpret_steal<py::object>(PyLong_FromVoidPtr(&lane));
  if (!function || !argument) throw py::error_already_set();
  using namespace py::literals;
  py::module_::import("threading")
      .attr("Thread")("target"_a = function, "args"_a = py::make_tuple(argument),
                      "daemon"_a = true)
      .attr("start")();
}

void Serving::serve(Lane& lane) {
  {
    const std::lock_guard lock(mutex_);
    lane.thread = ::pthread_self();
  }
  while (await_right_to_read(lane)) {
    wire::FrameHeader header;
    std::string_view payload;
    {
      const GilReleased while_reading;
      next_frame(lane, header, payload);
    }
    on_frame(lane, header, payload);
  }
}

bool Serving::await_right_to_read(Lane& lane) {
  {
    const std::lock_guard lock(mutex_);
    if (reader_ == &lane) return true;
  }
  const GilReleased while_parked;
  std::unique_lock lock(mutex_);
  const auto mine = [&] { return reader_ == &lane; };
  if (parked_ < kSpareLanes && !fresh_threads_) {
    ++parked_;
    lane.parked = true;
    right_to_read_.wait_for(lock, kSpareLife, mine);
    lane.parked = false;
    --parked_;
  }
  if (mine()) return true;
  lanes_.remove_if([&](const Lane& each) { return &each == &lane; });
  return false;
}

void Serving::next_frame(Lane& lane, wire::FrameHeader& header, std::string_view& payload) {
  while (true) {
    switch (lane.frames.next(header, payload)) {
      case wire::FrameReader::Next::Frame: return;
      case wire::FrameReader::Next::Malformed: leave_for("the host sent a malformed frame");
      case wire::FrameReader::Next::NeedMore: parts_.channel.receive(lane.frames);
    }
  }
}

bool Serving::hand_over(std::unique_lock<std::mutex>& lock, Lane& from) {
  const auto parked = std::find_if(lanes_.begin(), lanes_.end(),
                                   [](const Lane& each) { return each.parked; });
  const bool fresh = parked == lanes_.end();
  Lane& to = fresh ? lanes_.emplace_back() : *parked;
  to.frames = continuing(from.frames);
  reader_ = &to;
  reader_busy_ = false;
  lock.unlock();
  if (!fresh) {
    right_to_read_.notify_all();
    return true;
  }
  try {
    start_thread(to);
    return true;
  } catch (py::error_already_set& error) {
    // Anything else was raised on the main thread by a signal handler of user code, and ends us.
    if (!error.matches(PyExc_RuntimeError) && !error.matches(PyExc_MemoryError)) throw;
    take_back(to, from);
    return false;
  }
}

// No thread could be started. The right goes back to the lane it came from, where the bytes that
// were not read yet still are; that lane may have parked or ended since.
void Serving::take_back(Lane& to, Lane& from) {
  const std::lock_guard lock(mutex_);
  const auto still_here = std::find_if(lanes_.begin(), lanes_.end(), [&](const Lane& each) {
    return &each == &from || each.parked;
  });
  if (still_here == lanes_.end()) leave_for("it can start no thread to read its requests");
  if (still_here->parked) still_here->frames = std::move(to.frames);
  reader_ = &*still_here;
  reader_busy_ = still_here->running;
  lanes_.remove_if([&](const Lane& each) { return &each == &to; });
  right_to_read_.notify_all();
}

// ---- frames ----------------------------------------------------------------------------------

void Serving::on_frame(Lane& lane, const wire::FrameHeader& header, std::string_view payload) {
  switch (header.type) {
    case wire::FrameType::Request: return on_request(lane, header, payload);
    case wire::FrameType::Cancel: return parts_.invocations.cancel(header.invocation);
    case wire::FrameType::Stop: return on_stop();
    case wire::FrameType::Slots: return parts_.channel.adopt_slots();
    default: leave_for("the host sent a frame that is none of its own");
  }
}

void Serving::on_stop() {
  adapter_.stop();
  // This lane goes on reading, so that the end of the host is still noticed.
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  ::pthread_kill(main_, SIGRTMIN + wire::kReadAgainSignal);
}

void Serving::on_request(Lane& lane, const wire::FrameHeader& header, std::string_view payload) {
  wire::RequestFrame request;
  if (!wire::decode(payload, request)) leave_for("the host sent a malformed request");
  // Before the right to read goes to another lane.
  UniqueFd connection;
  if ((header.flags & wire::kUpgrade) != 0) connection = parts_.channel.take_passenger();
  {
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    parts_.invocations.begin(header.invocation);
    lane.running = true;
    lane.invocation = header.invocation;
    reader_busy_ = true;
    const bool shared = (header.flags & wire::kShared) != 0 || share_next_;
    share_next_ = false;
    if (shared || fresh_threads_) hand_over(lock, lane);
  }
  invoke(lane, header.invocation, request, std::move(connection));
  const std::lock_guard lock(mutex_);
  lane.running = false;
  if (reader_ != &lane) return;
  reader_busy_ = false;
  if (payload.size() > kLargePayload) lane.frames = continuing(lane.frames);
}

void Serving::invoke(Lane& lane, std::uint32_t id, const wire::RequestFrame& request,
                     UniqueFd connection) {
  ChannelResponder responder(parts_.channel, parts_.invocations, id,
                             [this, &lane, id] { return client_gone(lane, id); });
  responder.give(std::move(connection));
  const std::uint64_t cpu_before = lane.usage.begin();
  wire::EndFrame end;
  {
    const LogOutlet::Attributed output(parts_.outlet, id);
    end = adapter_.invoke(request, responder);
    parts_.debugger.leave();
    if (PyErr_Occurred() != nullptr) PyErr_Clear();
    parts_.outlet.flush_python_streams();
  }
  // The child of a fork in user code comes back here as well. It has no part in the protocol.
  if (!parts_.channel.ours()) ::_exit(0);
  const Usage used = lane.usage.end(cpu_before);
  end.cpu_us = used.cpu_us;
  end.peak_bytes = used.peak_bytes;
  end.loaded = parts_.loaded.take();
  if (reads_next(lane)) parts_.channel.expect();
  responder.finish(end);
}

// The next request may be here before this thread is back to wait for it.
bool Serving::reads_next(const Lane& lane) {
  const std::lock_guard lock(mutex_);
  return reader_ == &lane;
}

bool Serving::client_gone(Lane& lane, std::uint32_t id) {
  if (parts_.invocations.is_cancelled(id)) return true;
  // While an unshared invocation runs nobody reads the channel: look for the Cancel here.
  const std::lock_guard lock(mutex_);
  if (reader_ != &lane || !parts_.channel.ours()) return false;
  const auto waiting = pending_bytes(lane.frames);
  wire::FrameHeader next;
  if (waiting.empty()) {
    if (parts_.channel.take_cancel(id)) parts_.invocations.cancel(id);
  } else if (waiting.size() >= sizeof next) {
    std::memcpy(&next, waiting.data(), sizeof next);
    if (next.type == wire::FrameType::Cancel) parts_.invocations.cancel(next.invocation);
  }
  return parts_.invocations.is_cancelled(id);
}

// ---- the main thread -------------------------------------------------------------------------

int Serving::run(wire::FrameReader& frames) {
  main_ = ::pthread_self();
  const sigset_t ours = block_our_signals();
  Lane& first = lanes_.emplace_back();
  first.frames = std::move(frames);
  reader_ = &first;
  try {
    start_thread(first);
    return await_end(ours);
  } catch (py::error_already_set& error) {
    return status_after(error);
  }
}

int Serving::await_end(const sigset_t& ours) {
  while (true) {
    const int number = await_our_signal(ours);
    if (number == wire::kShowStackSignal) show_stacks();
    if (number != wire::kReadAgainSignal) continue;
    if (!stopping()) {
      promote_reader();
      continue;
    }
    const GilReleased while_waiting;
    parts_.invocations.await_none();
    return 0;
  }
}

bool Serving::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Serving::promote_reader() {
  std::unique_lock lock(mutex_);
  if (reader_busy_) {
    hand_over(lock, *reader_);
  } else {
    share_next_ = true;
  }
}

void Serving::show_stacks() {
  std::vector<std::pair<std::uint32_t, unsigned long>> running;
  {
    const Locked lock(mutex_);
    for (const Lane& lane : lanes_) {
      if (lane.running) running.emplace_back(lane.invocation, lane.thread);
    }
  }
  const auto where = embedded("failure", "where");
  for (const auto& [invocation, thread] : running) {
    const auto text = where(thread, parts_.root).cast<std::string>();
    wire::FrameHeader header{static_cast<std::uint32_t>(text.size()), invocation,
                             wire::FrameType::Stack, 0, 0};
    Channel::Turn turn(parts_.channel);
    turn.send({{reinterpret_cast<const char*>(&header), sizeof header}, text});
  }
}

}  // namespace localfn
