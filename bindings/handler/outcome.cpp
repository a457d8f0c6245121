#include "bindings/handler/outcome.h"

#include <pybind11/pybind11.h>

#include "bindings/handler/parts.h"

namespace py = pybind11;

namespace localfn {
namespace {

/// Takes the exception that is set, with its traceback attached.
py::object take_exception() {
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  if (value && traceback) PyException_SetTraceback(value, traceback);
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  return py::reinterpret_steal<py::object>(value);
}

wire::EndFrame ended(wire::Result result, std::string error) {
  wire::EndFrame end;
  end.result = result;
  end.failure.error = std::move(error);
  return end;
}

wire::EndFrame raised(const py::object& exception, const Telling& telling) {
  wire::EndFrame end;
  end.result = wire::Result::Raised;
  end.failure = describe_exception(exception, telling.root, telling.debug);
  return end;
}

/// "called sys.exit(3)".
std::string exit_reason(const py::object& exception) {
  const auto code =
      py::reinterpret_steal<py::object>(PyObject_GetAttrString(exception.ptr(), "code"));
  if (!code || code.is_none()) {
    PyErr_Clear();
    return "called sys.exit()";
  }
  const auto shown = py::reinterpret_steal<py::object>(PyObject_ASCII(code.ptr()));
  const char* text = shown ? PyUnicode_AsUTF8(shown.ptr()) : nullptr;
  if (!text) PyErr_Clear();
  return std::string("called sys.exit(") + (text ? text : "...") + ")";
}

void call_quietly(PyObject* function, PyObject* argument) {
  const auto done =
      py::reinterpret_steal<py::object>(PyObject_CallFunctionObjArgs(function, argument, nullptr));
  if (!done) PyErr_WriteUnraisable(function);
}

/// What socketserver does after the handler: nothing can be read or sent any more.
void close_streams(Call& call) {
  call.returned = true;
  if (call.connection) call_quietly(parts().end_connection, call.connection);
  if (call.rfile) {
    const auto closed =
        py::reinterpret_steal<py::object>(PyObject_CallMethod(call.rfile, "close", nullptr));
    if (!closed) PyErr_Clear();
  }
  call.finish();
  call.closed = true;
}

wire::EndFrame returned(const Call& call) {
  const Response& response = call.response();
  if (response.failed()) return ended(wire::Result::BadResponse, response.problem());
  if (response.has_head()) return {};
  if (call.unsent) {
    return ended(wire::Result::NoResponse,
                 "it called send_response() or send_header() but not end_headers(), so nothing was "
                 "sent");
  }
  return ended(wire::Result::NoResponse, "it returned without a response");
}

}  // namespace

wire::EndFrame raised(const Telling& telling) { return raised(take_exception(), telling); }

wire::EndFrame conclude(Call& call, bool good, const Telling& telling) {
  const py::object exception = good ? py::object() : take_exception();
  close_streams(call);
  wire::EndFrame end;
  if (!exception) {
    end = returned(call);
  } else if (!PyErr_GivenExceptionMatches(exception.ptr(), PyExc_SystemExit)) {
    end = raised(exception, telling);
  } else if (!call.response().has_head()) {
    end = ended(wire::Result::NoResponse, exit_reason(exception));
  }
  end.streamed = call.streamed;
  return end;
}

wire::EndFrame failed(const std::exception& error) {
  wire::EndFrame end;
  end.result = wire::Result::Raised;
  end.failure.error = error.what();
  return end;
}

}  // namespace localfn
