#include "bindings/debugger.h"

#include <csignal>
#include <string>

#include "bindings/embedded.h"

namespace py = pybind11;

namespace localfn {
namespace {

// breakpoint(). No frame of Python lies between the function and its debugger, which looks for the
// caller's.
PyObject* breakpoint_hook(PyObject*, PyObject* arguments, PyObject* names) {
  try {
    const py::object hook = embedded("debugger", "hook")();
    if (hook.is_none()) Py_RETURN_NONE;
    return PyObject_Call(hook.ptr(), arguments, names);
  } catch (py::error_already_set& error) {
    error.restore();
    return nullptr;
  }
}

PyMethodDef hook_method = {"breakpointhook",
                           reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(breakpoint_hook)),
                           METH_VARARGS | METH_KEYWORDS, nullptr};

// A thread or a subprocess of the function that reads the terminal out of turn gets an error; by
// default the whole instance would be stopped.
void ignore_terminal_signals(bool ignore) {
  struct sigaction action {};
  action.sa_handler = ignore ? SIG_IGN : SIG_DFL;
  for (const int number : {SIGTTIN, SIGTTOU}) ::sigaction(number, &action, nullptr);
}

}  // namespace

void Debugger::install() {
  embedded("debugger", "install")();
  embedded_module("terminal");
  const auto hook = py::reinterpret_steal<py::object>(PyCFunction_New(&hook_method, nullptr));
  if (!hook) throw py::error_already_set();
  py::module_::import("sys").attr("breakpointhook") = hook;
}

void Debugger::connect(const wire::LoadFrame& load) {
  const py::object native = functions();
  const py::object terminal = embedded("terminal", "Terminal")(py::bytes(load.terminal), native);
  embedded("debugger", "connect")(terminal, load.post_mortem, native);
  if (load.debugpy != 0) embedded("debugger", "listen")(load.debugpy, py::str(load.file));
}

py::object Debugger::functions() {
  const auto names = py::module_::import("types").attr("SimpleNamespace")();
  names.attr("stopped") = py::cpp_function([this] {
    used_ = true;
    tell(wire::FrameType::Stopped);
  });
  names.attr("resumed") = py::cpp_function([this] { tell(wire::FrameType::Resumed); });
  names.attr("shows_output") = py::cpp_function([this](bool shows) {
    ignore_terminal_signals(shows);
    outlet_.show_on_terminal(shows);
  });
  names.attr("say") = py::cpp_function(
      [this](const std::string& text) { outlet_.write(wire::Stream::Stderr, text); });
  names.attr("stdout") = outlet_.stdout_stream();
  return names;
}

void Debugger::tell(wire::FrameType type) {
  std::string frame;
  wire::encode_plain(frame, type, 0);
  Channel::Turn(channel_).send({frame});
}

void Debugger::leave() noexcept {
  if (used_) call_quietly("leave");
}

void Debugger::leave(std::uint32_t invocation) noexcept {
  if (used_ && outlet_.is_on_terminal(invocation)) call_quietly("let_go");
}

void Debugger::call_quietly(const char* function) noexcept {
  // An exception may be on its way through, which is not this one's business.
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  try {
    embedded("debugger", function)();
  } catch (py::error_already_set& error) {
    error.discard_as_unraisable("localfn: leaving a debugger");
  } catch (const std::exception&) {
    // Out of memory: the end of the process gives the terminal back.
  }
  PyErr_Restore(type, value, trace);
}

void debug_post_mortem(py::handle exception) noexcept {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  try {
    embedded("debugger", "post_mortem")(exception);
  } catch (py::error_already_set& error) {
    error.discard_as_unraisable("localfn: --pdb");
  } catch (const std::exception&) {
    // As above.
  }
  PyErr_Restore(type, value, trace);
}

}  // namespace localfn
