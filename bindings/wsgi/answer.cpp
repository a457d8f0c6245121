#include "bindings/wsgi/answer.h"

#include <pybind11/pybind11.h>

#include "bindings/handler/writer.h"

namespace py = pybind11;

namespace localfn {
namespace {

py::object steal(PyObject* object) { return py::reinterpret_steal<py::object>(object); }

/// The standard library's words, then what to do: they alone do not tell a beginner.
bool refuse_chunk(PyObject* chunk, bool of_bytes) {
  const char* const remedy =
      of_bytes ? "return [body], a list: iterating over bytes gives numbers"
      : PyUnicode_Check(chunk) ? "a WSGI app yields bytes, so encode the text: text.encode()"
                               : "a WSGI app returns an iterable of bytes";
  PyErr_Format(PyExc_TypeError, "a bytes-like object is required, not '%.100s'; %s",
               Py_TYPE(chunk)->tp_name, remedy);
  return false;
}

bool send_chunk(PyObject* chunk, Call& call, bool of_bytes) {
  if (PyBytes_CheckExact(chunk)) {
    return write_or_raise(call, {PyBytes_AS_STRING(chunk),
                                 static_cast<std::size_t>(PyBytes_GET_SIZE(chunk))});
  }
  if (!PyObject_CheckBuffer(chunk)) return refuse_chunk(chunk, of_bytes);
  Py_buffer view;
  if (PyObject_GetBuffer(chunk, &view, PyBUF_SIMPLE) < 0) return false;
  const bool sent = write_or_raise(
      call, {static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len)});
  PyBuffer_Release(&view);
  return sent;
}

py::object iterator_of(PyObject* answer) {
  auto iterator = steal(PyObject_GetIter(answer));
  if (iterator || !PyErr_ExceptionMatches(PyExc_TypeError)) return iterator;
  if (answer == Py_None || PyCoro_CheckExact(answer)) {
    PyErr_Format(PyExc_TypeError, "'%.100s' object is not iterable; %s", Py_TYPE(answer)->tp_name,
                 answer == Py_None
                     ? "a WSGI app returns an iterable of bytes, for example [b'text']"
                     : "an app of two parameters is called as WSGI, which knows no `async def`");
  }
  return {};
}

bool send_chunks(PyObject* answer, Call& call) {
  const auto iterator = iterator_of(answer);
  if (!iterator) return false;
  const bool of_bytes = PyBytes_Check(answer);
  const bool made = PyList_CheckExact(answer) || PyTuple_CheckExact(answer);
  bool second = false;
  while (true) {
    // What makes its chunks as it goes may take long for the first one.
    if (!made) call.release_head();
    const auto chunk = steal(PyIter_Next(iterator.ptr()));
    if (!chunk) break;
    const int worth = PyObject_IsTrue(chunk.ptr());
    if (worth < 0) return false;
    if (worth == 0) continue;
    if (second) call.note_flush();
    if (!send_chunk(chunk.ptr(), call, of_bytes)) return false;
    second = true;
  }
  return PyErr_Occurred() == nullptr;
}

/// True when there is none, or it has done its work.
bool call_close(PyObject* answer) {
  if (PyList_CheckExact(answer) || PyTuple_CheckExact(answer)) return true;
  const auto close = steal(PyObject_GetAttrString(answer, "close"));
  if (close) return !!steal(PyObject_CallNoArgs(close.ptr()));
  if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return false;
  PyErr_Clear();
  return true;
}

struct Raised {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;

  static Raised take() {
    Raised taken;
    PyErr_Fetch(&taken.type, &taken.value, &taken.trace);
    PyErr_NormalizeException(&taken.type, &taken.value, &taken.trace);
    if (taken.value && taken.trace) PyException_SetTraceback(taken.value, taken.trace);
    return taken;
  }
  void restore() { PyErr_Restore(type, value, trace); }
};

/// As in `finally: answer.close()`: what close() raises replaces what was on its way, and names it.
bool close_after_error(PyObject* answer) {
  Raised first = Raised::take();
  if (call_close(answer)) {
    first.restore();
    return false;
  }
  Raised second = Raised::take();
  Py_XDECREF(first.type);
  Py_XDECREF(first.trace);
  if (second.value && first.value && second.value != first.value) {
    PyException_SetContext(second.value, first.value);  // takes the reference
  } else {
    Py_XDECREF(first.value);
  }
  second.restore();
  return false;
}

}  // namespace

bool send_answer(PyObject* answer, Call& call) {
  return send_chunks(answer, call) ? call_close(answer) : close_after_error(answer);
}

}  // namespace localfn
