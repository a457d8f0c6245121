#include "bindings/import_place.h"

#include <csignal>
#include <exception>

#include "bindings/embedded.h"
#include "runtime/base/wire.h"

namespace py = pybind11;

namespace localfn {
namespace {

int number() { return SIGRTMIN + wire::kShowImportSignal; }

// The C module: `signal.signal` may have been replaced.
py::module_ signals() { return py::module_::import("_signal"); }

}  // namespace

ImportPlace::ImportPlace(Channel& channel, const std::string& root)
    : channel_(channel), root_(root) {
  handler_ = py::cpp_function([this](const py::object&, const py::object& frame) { tell(frame); });
  signals().attr("signal")(number(), handler_);
}

ImportPlace::~ImportPlace() {
  try {
    const py::module_ module = signals();
    // The module may have taken the signal for itself.
    if (!module.attr("getsignal")(number()).is(handler_)) return;
    module.attr("signal")(number(), module.attr("SIG_DFL"));
  } catch (const std::exception&) {
    ::signal(number(), SIG_DFL);
  }
}

// An exception would be one of the module that is imported.
void ImportPlace::tell(const py::object& innermost) noexcept {
  try {
    py::list frames;
    for (py::object frame = innermost; !frame.is_none(); frame = frame.attr("f_back")) {
      frames.append(frame);
    }
    const auto text = embedded("failure", "where_frames")(frames, root_).cast<std::string>();
    const wire::FrameHeader header{static_cast<std::uint32_t>(text.size()), 0,
                                   wire::FrameType::Stack, 0, 0};
    Channel::Turn turn(channel_);
    turn.send({{reinterpret_cast<const char*>(&header), sizeof header}, text});
  } catch (const std::exception&) {
    // The host says then that it was not told.
  }
}

}  // namespace localfn
