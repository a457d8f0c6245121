#include "bindings/asgi/native.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <string_view>
#include <utility>

#include "bindings/asgi/frames_out.h"
#include "bindings/asgi/viewed.h"
#include "bindings/asgi/websocket_native.h"

namespace py = pybind11;

namespace localfn {
namespace {

using namespace std::chrono_literals;

// Flags of body(), as in exchange.py.
constexpr int kStreams = 1;
constexpr int kLast = 2;

// Reading goes on in the loop's next turn after so many, so that the app gets its own.
constexpr int kMostReads = 16;

[[noreturn]] void leave_for(const char* reason) {
  const auto text = fmt::format("localfn: the instance leaves: {}\n", reason);
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) ::_exit(1);
  ::_exit(1);
}

std::string_view bytes_of(const wire::FrameHeader& header) {
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

std::string_view view_of(const py::object& bytes) {
  if (bytes.is_none()) return {};
  return {PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
}

}  // namespace

LoopNative::LoopNative(const InstanceParts& parts, const wire::LoadFrame& load)
    : parts_(parts), debug_(load.debug), main_(::pthread_self()), scopes_(load.port) {}

py::object LoopNative::functions() {
  const auto names = py::module_::import("types").attr("SimpleNamespace")();
  names.attr("descriptor") = py::cpp_function([this] { return parts_.channel.descriptor(); });
  names.attr("read") = py::cpp_function([this] { read(); });
  names.attr("flush") = py::cpp_function([this] {
    batch_ = false;
    Channel::Turn(parts_.channel).flush();
  });
  names.attr("head") = py::cpp_function(
      [this](std::uint32_t id, py::object status, py::object headers) {
        return head(id, std::move(status), std::move(headers));
      });
  names.attr("body") = py::cpp_function(
      [this](std::uint32_t id, py::object start, py::buffer bytes, int flags) {
        body(id, std::move(start), std::move(bytes), flags);
      });
  names.attr("end") = py::cpp_function(
      [this](std::uint32_t id, int result, bool streamed, bool cut, py::object start,
             py::object error, py::object text, std::uint64_t cpu_before) {
        end(id, result, streamed, cut, std::move(start), std::move(error), std::move(text),
            cpu_before);
      });
  names.attr("upgraded") = py::cpp_function([this](std::uint32_t id) { upgraded(id); });
  names.attr("date") = py::cpp_function([this] { return py::bytes(std::string(date_.now())); });
  add_websocket_functions(names);
  names.attr("finished") = py::cpp_function([this](py::object error) {
    finished(std::move(error));
  });
  return names;
}

// ---- frames in -------------------------------------------------------------------------------

void LoopNative::read() {
  // In the child of a fork of user code there is no channel, and the loop is not its own.
  if (!parts_.channel.ours()) ::_exit(0);
  bool begun = take_frames();
  for (int reads = 0; reads < kMostReads; ++reads) {
    const bool came = parts_.channel.receive_now(frames_);
    if (!came) break;
    begun = take_frames() || begun;
  }
  if (begun) server_.attr("begun")();
}

bool LoopNative::take_frames() {
  bool begun = false;
  wire::FrameHeader header;
  std::string_view payload;
  while (true) {
    switch (frames_.next(header, payload)) {
      case wire::FrameReader::Next::NeedMore: return begun;
      case wire::FrameReader::Next::Malformed: leave_for("the host sent a malformed frame");
      case wire::FrameReader::Next::Frame: break;
    }
    begun = begun || header.type == wire::FrameType::Request;
    on_frame(header, payload);
  }
}

void LoopNative::on_frame(const wire::FrameHeader& header, std::string_view payload) {
  const std::uint32_t id = header.invocation;
  switch (header.type) {
    case wire::FrameType::Request:
      return (header.flags & wire::kUpgrade) != 0 ? begin_websocket(id, payload)
                                                  : begin(id, payload);
    case wire::FrameType::Cancel:
      parts_.invocations.cancel(id);
      server_.attr("gone")(id);
      return;
    case wire::FrameType::Taken: {
      wire::TakenFrame taken;
      if (!wire::decode(payload, taken)) leave_for("the host sent a malformed frame");
      server_.attr("taken")(id, taken.bytes);
      return;
    }
    case wire::FrameType::Stop: server_.attr("stop")(); return;
    default: leave_for("the host sent a frame that is none of its own");
  }
}

void LoopNative::begin(std::uint32_t id, std::string_view payload) {
  wire::RequestFrame request;
  if (!wire::decode(payload, request)) leave_for("the host sent a malformed request");
  parts_.invocations.begin(id);
  Scope scope = scopes_.make(request);
  if (scope.ping) return answer_ping(id);
  batch_ = true;
  server_.attr("begin")(id, scope.dict, py::bytes(request.body.data(), request.body.size()),
                        scope.shows_page, usage_.begin(), wire::kMostUntaken);
}

void LoopNative::begin_websocket(std::uint32_t id, std::string_view payload) {
  UniqueFd connection = parts_.channel.take_passenger();
  wire::RequestFrame request;
  if (!wire::decode(payload, request)) leave_for("the host sent a malformed request");
  parts_.invocations.begin(id);
  const Scope scope = scopes_.make(request);
  batch_ = true;
  server_.attr("begin_websocket")(id, scope.dict, connection.get(),
                                  py::bytes(request.body.data(), request.body.size()),
                                  usage_.begin(), wire::kMostUntaken);
  connection.release();
}

void LoopNative::upgraded(std::uint32_t id) {
  std::string frame;
  wire::encode_plain(frame, wire::FrameType::Upgraded, id);
  Channel::Turn turn(parts_.channel);
  parts_.invocations.answered(id);
  turn.send({frame});
}

void LoopNative::answer_ping(std::uint32_t id) {
  auto start = encode_start(id, py::int_(200), py::list(), date_);
  wire::EndFrame end;
  finish(id, std::move(start.frame), end, usage_.begin());
}

// ---- frames out ------------------------------------------------------------------------------

py::tuple LoopNative::head(std::uint32_t id, py::object status, py::object headers) {
  const auto started = encode_start(id, status, headers, date_);
  const py::object length = started.length ? py::object(py::int_(*started.length)) : py::none();
  return py::make_tuple(py::bytes(started.frame), length);
}

void LoopNative::body(std::uint32_t id, py::object start, py::buffer from, int flags) {
  const Viewed viewed(from);
  const std::string_view bytes = viewed.bytes();
  const bool last = (flags & kLast) != 0;
  std::string before;
  std::string after;
  if ((flags & kStreams) != 0) wire::encode_plain(before, wire::FrameType::Streams, id);
  before.append(view_of(start));
  const wire::FrameHeader header{static_cast<std::uint32_t>(bytes.size()), id,
                                 wire::FrameType::Body, 0, 0};
  if (!bytes.empty()) before.append(bytes_of(header));
  // Files of the project that this invocation has loaded must be known to the host before the client
  // has its whole answer: it may edit one and ask again.
  if (last) wire::encode(after, wire::BodyEndFrame{parts_.loaded.take()}, id);
  Channel::Turn turn(parts_.channel);
  // The last bytes are mostly all there are: they may wait a moment for the End frame.
  if (last) {
    parts_.invocations.answered(id);
    turn.send_soon({before, bytes, after});
  } else {
    turn.send({before, bytes, after});
  }
}

void LoopNative::end(std::uint32_t id, int result, bool streamed, bool cut, py::object start,
                     py::object error, py::object text, std::uint64_t cpu_before) {
  wire::EndFrame frame;
  frame.result = static_cast<wire::Result>(result);
  frame.streamed = streamed;
  frame.cut = cut;
  if (!error.is_none()) frame.failure = describe_exception(error, parts_.root, debug_);
  if (!text.is_none()) frame.failure.error = text.cast<std::string>();
  parts_.debugger.leave(id);
  finish(id, std::string(view_of(start)), frame, cpu_before);
  server_.attr("ended")(id);
}

void LoopNative::finish(std::uint32_t id, std::string frames, wire::EndFrame& frame,
                        std::uint64_t cpu_before) {
  parts_.outlet.flush_python_streams();
  // The child of a fork in user code comes here as well. It has no part in the protocol.
  if (!parts_.channel.ours()) ::_exit(0);
  const Usage used = usage_.end(cpu_before);
  frame.cpu_us = used.cpu_us;
  frame.peak_bytes = used.peak_bytes;
  frame.loaded = parts_.loaded.take();
  wire::encode(frames, frame, id);
  Channel::Turn turn(parts_.channel);
  parts_.invocations.end(id);
  if (batch_) {
    turn.send_soon({frames});
  } else {
    turn.send({frames});
  }
}

void LoopNative::send_stack(std::uint32_t invocation, const std::string& text) {
  const wire::FrameHeader header{static_cast<std::uint32_t>(text.size()), invocation,
                                 wire::FrameType::Stack, 0, 0};
  Channel::Turn(parts_.channel).send({bytes_of(header), text});
}

// ---- the end ---------------------------------------------------------------------------------

void LoopNative::finished(py::object error) {
  ended_with_ = std::move(error);
  finished_.store(true);
  ::pthread_kill(main_, SIGRTMIN + wire::kReadAgainSignal);
}

py::object LoopNative::finished_with() const { return ended_with_ ? ended_with_ : py::object(py::none()); }

}  // namespace localfn
