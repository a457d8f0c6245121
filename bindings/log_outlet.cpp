#include "bindings/log_outlet.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "bindings/embedded.h"

namespace py = pybind11;

namespace localfn {
namespace {

constexpr std::size_t kLargestLog = 256 * 1024;
// Has room in a channel that nobody reads.
constexpr std::size_t kMostUnread = 16 * 1024;

// Best effort: when nobody reads the pipe any more there is nobody to tell.
void write_raw(int fd, std::string_view text) {
  const GilReleased while_writing;
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote >= 0) {
      text.remove_prefix(static_cast<std::size_t>(wrote));
    } else if (errno == EAGAIN) {
      pollfd room{fd, POLLOUT, 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return;
    }
  }
}

// emit(stream, text_or_bytes[, level]): the one way from the Python side of the streams to here.
PyObject* emit(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  if (count != 2 && count != 3) {
    PyErr_SetString(PyExc_TypeError, "emit() takes 2 or 3 arguments");
    return nullptr;
  }
  auto* outlet = static_cast<LogOutlet*>(PyCapsule_GetPointer(self, nullptr));
  const auto stream = static_cast<wire::Stream>(PyLong_AsLong(arguments[0]));
  const auto level =
      count == 3 ? static_cast<wire::Level>(PyLong_AsLong(arguments[2])) : wire::Level::None;
  if (PyErr_Occurred() != nullptr) return nullptr;
  py::object encoded;
  std::string_view text;
  if (PyUnicode_Check(arguments[1])) {
    Py_ssize_t size = 0;
    const char* data = PyUnicode_AsUTF8AndSize(arguments[1], &size);
    if (data == nullptr) {  // lone surrogates
      PyErr_Clear();
      encoded = py::reinterpret_steal<py::object>(
          PyUnicode_AsEncodedString(arguments[1], "utf-8", "backslashreplace"));
      if (!encoded) return nullptr;
      data = PyBytes_AS_STRING(encoded.ptr());
      size = PyBytes_GET_SIZE(encoded.ptr());
    }
    text = {data, static_cast<std::size_t>(size)};
    outlet->write(stream, text, level);
  } else {
    Py_buffer view;
    if (PyObject_GetBuffer(arguments[1], &view, PyBUF_SIMPLE) != 0) return nullptr;
    outlet->write(stream, {static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len)});
    PyBuffer_Release(&view);
  }
  Py_RETURN_NONE;
}

PyMethodDef emit_method = {"emit", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(emit)),
                           METH_FASTCALL, nullptr};

std::string log_frames(wire::LogFrame frame, std::uint32_t invocation) {
  std::string frames;
  for (std::string_view text = frame.text; !text.empty(); text.remove_prefix(frame.text.size())) {
    frame.text = text.substr(0, kLargestLog);
    wire::encode(frames, frame, invocation);
  }
  return frames;
}

void flush(PyObject* stream) {
  if (stream == nullptr || stream == Py_None) return;
  const auto done =
      py::reinterpret_steal<py::object>(PyObject_CallMethod(stream, "flush", nullptr));
  if (!done) PyErr_Clear();
}

}  // namespace

void LogOutlet::install() {
  variable_ = PyContextVar_New("localfn_invocation", nullptr);
  if (variable_ == nullptr) throw py::error_already_set();
  const py::capsule self(this);
  const auto function =
      py::reinterpret_steal<py::object>(PyCFunction_New(&emit_method, self.ptr()));
  if (!function) throw py::error_already_set();
  const py::tuple made = embedded("streams", "install")(function);
  embedded("threads", "install")(variable());
  for (int i = 0; i < 2; ++i) streams_[i] = py::object(made[i]).release().ptr();
  sys_ = py::object(py::module_::import("sys").attr("__dict__")).release().ptr();
  names_[0] = PyUnicode_InternFromString("stdout");
  names_[1] = PyUnicode_InternFromString("stderr");
  if (names_[0] == nullptr || names_[1] == nullptr) throw py::error_already_set();
}

void LogOutlet::connect(Channel& channel, Invocations& invocations) {
  channel_ = &channel;
  invocations_ = &invocations;
}

std::uint32_t LogOutlet::current_invocation() const {
  PyObject* value = nullptr;
  if (PyContextVar_Get(variable_, nullptr, &value) != 0) {
    PyErr_Clear();
    return 0;
  }
  if (value == nullptr) return 0;
  const auto id = static_cast<std::uint32_t>(PyLong_AsUnsignedLong(value));
  Py_DECREF(value);
  return id;
}

void LogOutlet::write(wire::Stream stream, std::string_view text, wire::Level level) {
  if (text.empty()) return;
  const bool shown = on_terminal_ != kNone && on_terminal_ == current_invocation();
  if (channel_ != nullptr && channel_->ours() && !shown &&
      write_attributed({stream, text, level})) {
    return;
  }
  write_raw(stream == wire::Stream::Stdout ? STDOUT_FILENO : STDERR_FILENO, text);
}

bool LogOutlet::write_attributed(wire::LogFrame frame) {
  const std::uint32_t id = current_invocation();
  // While the module is imported its output is read from the pipes, beside that of C code.
  if (id == 0 && !serving_) return false;
  // Asked within the turn: an invocation that is running here has not sent its End yet.
  Channel::Turn turn(*channel_);
  const bool is_read = invocations_->any_awaited();
  // A sender waits where there is no room: then the reader has to come first.
  if (!is_read && frame.text.size() > kMostUnread) channel_->call_reader();
  if (!turn.send({log_frames(frame, id)})) return false;
  if (!is_read) channel_->call_reader();
  return true;
}

void LogOutlet::flush_python_streams() {
  // Ours hold nothing back; only what stands in their place has to be flushed.
  for (int i = 0; i < 2; ++i) {
    // Borrowed, and flushing may replace it.
    const auto now = py::reinterpret_borrow<py::object>(PyDict_GetItemWithError(sys_, names_[i]));
    if (now.ptr() != streams_[i]) flush(now.ptr());
  }
}

LogOutlet::Attributed::Attributed(LogOutlet& outlet, std::uint32_t invocation)
    : context_(PyContext_New()) {
  if (context_ == nullptr) throw py::error_already_set();
  const auto id = py::reinterpret_steal<py::object>(PyLong_FromUnsignedLong(invocation));
  if (PyContext_Enter(context_) != 0) {
    Py_CLEAR(context_);
    throw py::error_already_set();
  }
  const auto token =
      py::reinterpret_steal<py::object>(PyContextVar_Set(outlet.variable_, id.ptr()));
  if (!token) PyErr_Clear();
}

LogOutlet::Attributed::~Attributed() {
  if (PyContext_Exit(context_) != 0) PyErr_Clear();
  Py_DECREF(context_);
}

}  // namespace localfn
