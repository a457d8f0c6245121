#include "bindings/instance.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>
#include <variant>

#include "bindings/channel.h"
#include "bindings/debugger.h"
#include "bindings/embedded.h"
#include "bindings/import_place.h"
#include "bindings/loading.h"
#include "bindings/serving.h"

namespace py = pybind11;

namespace localfn {
namespace {

using namespace std::chrono_literals;

constexpr auto kLoadDeadline = 30s;
constexpr auto kLeaveDeadline = 2s;

class Instance {
 public:
  Instance(LogOutlet& outlet, const Adapters& adapters)
      : outlet_(outlet), adapters_(adapters), channel_(UniqueFd(kChannelFd)) {}

  /// Everything between the fork and the exit; returns the exit status.
  int live();

  /// Ends the process in order, in kLeaveDeadline at most.
  [[noreturn]] void leave(int status) noexcept;

 private:
  void prepare_python();
  bool await_load(wire::LoadFrame& load);
  std::variant<LoadedFunction, wire::ImportFailedFrame> import(const wire::LoadFrame& load);
  std::unique_ptr<Adapter> make_adapter(const wire::LoadFrame& load, std::string& answer,
                                        int& status);
  int refuse(wire::ImportFailedFrame failed, std::string& answer);
  std::uint32_t init_us() const;
  InstanceParts parts(const std::string& root) {
    return {channel_, outlet_, loaded_, invocations_, debugger_, root};
  }

  LogOutlet& outlet_;
  const Adapters& adapters_;
  Channel channel_;
  Invocations invocations_;
  LoadedFiles loaded_;
  Debugger debugger_{outlet_, channel_};
  wire::FrameReader frames_{wire::kMaxToInstance};
  Clock::time_point load_began_;
  std::unique_ptr<LoopApp> loop_app_;  ///< instead of an adapter
};

// Descriptors 1 and 2 are in order by now; a stack of the sanitizers' is theirs to show.
void enable_stack_dumps() {
  const auto faulthandler = py::module_::import("faulthandler");
  using namespace py::literals;
#ifndef LOCALFN_SANITIZED
  faulthandler.attr("enable")("file"_a = STDERR_FILENO, "all_threads"_a = false);
#endif
}

void Instance::prepare_python() {
  py::module_::import("gc").attr("enable")();
  enable_stack_dumps();
  // Processes that user code forks must not hold the channel: the host would not see our end.
  const py::cpp_function abandon([this] { channel_.abandon(); });
  using namespace py::literals;
  py::module_::import("os").attr("register_at_fork")("after_in_child"_a = abandon);
  outlet_.connect(channel_, invocations_);
}

bool Instance::await_load(wire::LoadFrame& load) {
  const GilReleased while_waiting;
  const auto deadline = Deadline::after(kLoadDeadline);
  wire::FrameHeader header;
  std::string_view payload;
  while (true) {
    switch (frames_.next(header, payload)) {
      case wire::FrameReader::Next::Malformed: return false;
      case wire::FrameReader::Next::NeedMore:
        if (!channel_.receive(frames_, deadline)) return false;
        continue;
      case wire::FrameReader::Next::Frame:
        if (header.type == wire::FrameType::Stop) leave_at_once();
        return header.type == wire::FrameType::Load && wire::decode(payload, load);
    }
  }
}

std::uint32_t Instance::init_us() const {
  const auto spent = std::chrono::duration_cast<microseconds>(Clock::now() - load_began_);
  return static_cast<std::uint32_t>(spent.count());
}

int Instance::refuse(wire::ImportFailedFrame failed, std::string& answer) {
  failed.init_us = init_us();
  failed.loaded = loaded_.take();
  wire::encode(answer, failed);
  return failed.exit_code;
}

wire::ImportFailedFrame not_served(const wire::LoadFrame& load) {
  wire::ImportFailedFrame failed;
  failed.failure.error = fmt::format(
      "`{}` in {} is an app of a kind that this worker has no adapter for", load.variable, load.file);
  failed.failure.traceback = failed.failure.error;
  failed.failure.file = load.file;
  return failed;
}

std::variant<LoadedFunction, wire::ImportFailedFrame> Instance::import(const wire::LoadFrame& load) {
  const ImportPlace place(channel_, load.root);
  return load_function(load, loaded_, debugger_);
}

// The adapter, or loop_app_, with a Ready frame in `answer`; or neither, with an ImportFailed frame
// and a status.
std::unique_ptr<Adapter> Instance::make_adapter(const wire::LoadFrame& load, std::string& answer,
                                                int& status) {
  auto outcome = import(load);
  if (auto* failed = std::get_if<wire::ImportFailedFrame>(&outcome)) {
    status = refuse(std::move(*failed), answer);
    return nullptr;
  }
  const auto& function = std::get<LoadedFunction>(outcome);
  const bool on_loop = function.interface == wire::Interface::Asgi && adapters_.make_asgi;
  const auto& make = adapters_.of(function.interface);
  if (!make && !on_loop) {
    status = refuse(not_served(load), answer);
    return nullptr;
  }
  try {
    std::unique_ptr<Adapter> adapter;
    if (on_loop) {
      loop_app_ = adapters_.make_asgi(function.object, load, parts(load.root));
    } else {
      adapter = make(function.object, load);
    }
    wire::ReadyFrame ready{init_us(), function.interface, loaded_.take()};
    add_packages(ready);
    wire::encode(answer, ready);
    return adapter;
  } catch (py::error_already_set& error) {
    status = refuse(import_failed(error, load), answer);
    return nullptr;
  } catch (const StartupFailed& error) {
    status = refuse({0, error.failure, {}, 0}, answer);
    return nullptr;
  }
}

int Instance::live() {
  prepare_python();
  wire::LoadFrame load;
  if (!await_load(load)) {
    outlet_.write(wire::Stream::Stderr, "localfn: the instance leaves: it got no Load frame\n");
    return 1;
  }
  load_began_ = Clock::now();
  std::string answer;
  int status = 1;
  const auto adapter = make_adapter(load, answer, status);
  debugger_.leave();
  outlet_.flush_python_streams();
  // Code of the project may have forked while it was imported: the child ends here.
  if (!Channel::Turn(channel_).send({answer})) ::_exit(status);
  if (loop_app_ || adapter) outlet_.begin_serving();
  if (loop_app_) leave(loop_app_->run(frames_));
  if (!adapter) return status;
  Serving serving(parts(load.root), *adapter, load.fresh_threads);
  leave(serving.run(frames_));
}

void Instance::leave(int status) noexcept {
  // A callback may hang, and so may a thread that is waited for. Nothing of this is joined.
  try {
    std::thread([this, status] {
      channel_.await_hang_up(Deadline::after(kLeaveDeadline));
      ::_exit(status);
    }).detach();
  } catch (const std::exception&) {
    ::_exit(status);
  }
  run_exit_callbacks();
  outlet_.flush_python_streams();
  channel_.send_kept();
  ::_exit(status);
}

}  // namespace

const Adapters::Make& Adapters::of(wire::Interface interface) const {
  static const Make kNone;
  switch (interface) {
    case wire::Interface::Handler: return make_handler;
    case wire::Interface::Wsgi: return make_wsgi;
    case wire::Interface::Asgi: return kNone;
  }
  return kNone;
}

void run_instance(const InstanceEnds& ends, LogOutlet& outlet, const Adapters& adapters) noexcept {
  place_descriptors(ends);
  reset_signals();
  restore_fd_limit();
  // Never destroyed: threads may be inside until the very end.
  auto* const instance = new Instance(outlet, adapters);
  int status = 1;
  try {
    status = instance->live();
  } catch (const std::exception& error) {
    outlet.write(wire::Stream::Stderr,
                 fmt::format("localfn: the instance leaves: {}\n", error.what()));
  }
  instance->leave(status);
}

}  // namespace localfn
