#include "bindings/asgi/asgi.h"

#include <pybind11/pybind11.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "bindings/asgi/native.h"
#include "bindings/embedded.h"
#include "bindings/main_thread.h"

namespace py = pybind11;

namespace localfn {
namespace {

class AsgiApp final : public LoopApp {
 public:
  AsgiApp(const py::object& app, const wire::LoadFrame& load, const InstanceParts& parts);

  int run(wire::FrameReader& frames) override;

 private:
  void start(const wire::LoadFrame& load);
  int await_end();
  int status() const;
  void show_stacks();

  const InstanceParts parts_;
  const sigset_t signals_;  ///< blocked before the loop's thread is started
  LoopNative native_;
  py::object server_;
};

// Only when the first one comes: most apps have none.
py::tuple websocket_parts() {
  return py::make_tuple(embedded("websocket", "websocket_scope"), embedded("websocket", "WebSocket"),
                        embedded("websocket_stream", "Stream"));
}

AsgiApp::AsgiApp(const py::object& app, const wire::LoadFrame& load, const InstanceParts& parts)
    : parts_(parts), signals_(block_our_signals()), native_(parts, load) {
  parts.channel.keep_rather_than_wait();
  const auto variable = py::reinterpret_borrow<py::object>(parts.outlet.variable());
  server_ = embedded("event_loop", "Server")(app, native_.functions(),
                                             embedded("exchange", "Exchange"),
                                             embedded("lifespan", "Lifespan"), variable,
                                             py::cpp_function(&websocket_parts));
  native_.connect(server_);
  start(load);
}

void AsgiApp::start(const wire::LoadFrame& load) {
  const py::tuple outcome = server_.attr("start")();
  if (!outcome[0].cast<bool>()) return;
  wire::Failure failure;
  const auto said = py::str(outcome[2]).cast<std::string>();
  if (!outcome[1].is_none()) {
    failure = describe_exception(outcome[1], load.root, load.debug);
  } else {
    failure.error = said.empty() ? "the app sent lifespan.startup.failed without a message"
                                 : said.substr(0, said.find('\n'));
    failure.traceback = said.empty() ? failure.error : said;
    failure.file = load.file;
  }
  failure.traceback += "\nApplication startup failed. Exiting.";
  throw StartupFailed(std::move(failure));
}

int AsgiApp::run(wire::FrameReader& frames) {
  native_.continue_with(frames);
  try {
    server_.attr("serve")();
    return await_end();
  } catch (py::error_already_set& error) {
    return status_after(error);
  }
}

int AsgiApp::await_end() {
  while (!native_.has_finished()) {
    if (await_our_signal(signals_) == wire::kShowStackSignal) show_stacks();
  }
  return status();
}

int AsgiApp::status() const {
  const py::object error = native_.finished_with();
  if (error.is_none()) return 0;
  PyErr_SetObject(py::type::handle_of(error).ptr(), error.ptr());
  throw py::error_already_set();
}

void AsgiApp::show_stacks() {
  const auto where = embedded("failure", "where_frames");
  const py::str root(parts_.root);
  const py::cpp_function describe([&](const py::object& frames) { return where(frames, root); });
  std::vector<std::pair<std::uint32_t, std::string>> found;
  for (const py::handle each : server_.attr("where")(describe)) {
    const auto pair = py::reinterpret_borrow<py::tuple>(each);
    found.emplace_back(pair[0].cast<std::uint32_t>(), pair[1].cast<std::string>());
  }
  for (const auto& [invocation, text] : found) native_.send_stack(invocation, text);
}

}  // namespace

std::unique_ptr<LoopApp> make_asgi_app(py::object app, const wire::LoadFrame& load,
                                       const InstanceParts& parts) {
  return std::make_unique<AsgiApp>(app, load, parts);
}

}  // namespace localfn
