#include "bindings/handler/writer.h"

#include <cerrno>
#include <new>
#include <string>
#include <utility>

#include "bindings/handler/parts.h"

namespace localfn {
namespace {

Call*& slot(PyObject* writer) {
  return *reinterpret_cast<Call**>(reinterpret_cast<char*>(writer) + parts().writer_offset);
}

PyObject* raise_errno(int error) {
  errno = error;
  return PyErr_SetFromErrno(PyExc_OSError);
}

Call* require_call(PyObject* self) {
  Call* call = call_of_writer(self);
  if (!call) PyErr_SetString(PyExc_ValueError, "I/O operation on uninitialized object");
  return call;
}

/// What was sent through the real socket so far precedes this write.
bool drain_socket(Call& call) {
  if (!call.drain) return true;
  PyObject* done = PyObject_CallNoArgs(call.drain);
  Py_XDECREF(done);
  return done != nullptr;
}

PyObject* write(PyObject* self, PyObject* data) {
  Call* call = require_call(self);
  if (!call) return nullptr;
  Py_buffer view;
  if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0) return nullptr;
  const Py_ssize_t size = view.len;
  const bool sent =
      drain_socket(*call) &&
      write_or_raise(*call, {static_cast<const char*>(view.buf), static_cast<std::size_t>(size)}) &&
      warn_of_second_head(*call);
  PyBuffer_Release(&view);
  return sent ? PyLong_FromSsize_t(size) : nullptr;
}

PyObject* flush(PyObject* self, PyObject*) {
  Call* call = require_call(self);
  if (!call) return nullptr;
  if (call->closed) {
    PyErr_SetString(PyExc_ValueError, "I/O operation on closed file.");
    return nullptr;
  }
  call->note_flush();
  Py_RETURN_NONE;
}

PyObject* close(PyObject* self, PyObject*) {
  if (Call* call = call_of_writer(self)) call->closed = true;
  Py_RETURN_NONE;
}

PyObject* is_closed(PyObject* self, void*) {
  const Call* call = call_of_writer(self);
  return PyBool_FromLong(!call || call->closed);
}

PyObject* writable(PyObject*, PyObject*) { Py_RETURN_TRUE; }

PyObject* fileno(PyObject* self, PyObject*) {
  PyObject* connection = connection_of(self);
  if (!connection) return nullptr;
  PyObject* number = PyObject_CallMethod(connection, "fileno", nullptr);
  Py_DECREF(connection);
  return number;
}

void finalize(PyObject* self) {
  // Replaces io's finalizer, which would call close() and flush() through Python.
  Call*& call = slot(self);
  delete call;
  call = nullptr;
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  const PyTypeObject* base = Py_TYPE(self)->tp_base;
  // A base that is itself a heap type (from 3.12 on) visits the type of its instances.
  if (!(base->tp_flags & Py_TPFLAGS_HEAPTYPE)) Py_VISIT(Py_TYPE(self));
  if (const Call* call = slot(self)) {
    Py_VISIT(call->rfile);
    Py_VISIT(call->connection);
    Py_VISIT(call->drain);
  }
  return base->tp_traverse ? base->tp_traverse(self, visit, arg) : 0;
}

PyMethodDef* writer_methods() {
  static PyMethodDef methods[] = {
      {"write", write, METH_O, "Send bytes; returns how many."},
      {"flush", flush, METH_NOARGS, "Everything has left already; marks the answer as streamed."},
      {"close", close, METH_NOARGS, nullptr},
      {"writable", writable, METH_NOARGS, nullptr},
      {"fileno", fileno, METH_NOARGS, "The descriptor of the handler's connection."},
      {nullptr, nullptr, 0, nullptr}};
  return methods;
}

PyGetSetDef* writer_attributes() {
  static PyGetSetDef attributes[] = {{"closed", is_closed, nullptr, nullptr, nullptr},
                                     {nullptr, nullptr, nullptr, nullptr, nullptr}};
  return attributes;
}

}  // namespace

PyTypeObject* make_writer_type(Py_ssize_t& offset) {
  // io.BufferedIOBase itself has a Python metaclass, which PyType_FromSpecWithBases refuses in
  // newer versions: derive from its C half and register, as io does for its own classes.
  PyObject* c_io = PyImport_ImportModule("_io");
  PyObject* base = c_io ? PyObject_GetAttrString(c_io, "_BufferedIOBase") : nullptr;
  Py_XDECREF(c_io);
  if (!base) return nullptr;
  offset = reinterpret_cast<PyTypeObject*>(base)->tp_basicsize;
  PyType_Slot slots[] = {{Py_tp_methods, writer_methods()},
                         {Py_tp_getset, writer_attributes()},
                         {Py_tp_finalize, reinterpret_cast<void*>(finalize)},
                         {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
                         {0, nullptr}};
  PyType_Spec spec{"localfn._SocketWriter", static_cast<int>(offset + sizeof(Call*)), 0,
                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};
  PyObject* bases = PyTuple_Pack(1, base);
  Py_DECREF(base);
  PyObject* type = bases ? PyType_FromSpecWithBases(&spec, bases) : nullptr;
  Py_XDECREF(bases);
  return reinterpret_cast<PyTypeObject*>(type);
}

PyObject* make_writer(const wire::RequestFrame& request, Responder& responder, bool plain) {
  PyTypeObject* type = parts().writer_type;
  PyObject* writer = type->tp_alloc(type, 0);
  if (!writer) return nullptr;
  slot(writer) = new (std::nothrow) Call(request, responder, plain);
  if (!slot(writer)) {
    Py_DECREF(writer);
    return PyErr_NoMemory();
  }
  return writer;
}

bool is_writer(PyObject* object) { return Py_TYPE(object) == parts().writer_type; }

Call* call_of_writer(PyObject* writer) { return is_writer(writer) ? slot(writer) : nullptr; }

Call* call_of_handler(PyObject* handler) {
  for (PyObject* name : {parts().wfile, parts().state}) {
    PyObject* value = PyObject_GetAttr(handler, name);
    if (!value) {
      PyErr_Clear();
      continue;
    }
    // The handler's dictionary keeps the writer alive; only a method that replaces both could not.
    Call* call = call_of_writer(value);
    Py_DECREF(value);
    if (call) return call;
  }
  return nullptr;
}

bool write_or_raise(Call& call, std::string_view bytes) {
  switch (call.write(bytes)) {
    case Call::Written::Yes:
      return true;
    case Call::Written::ClientGone:
      raise_errno(EPIPE);
      return false;
    case Call::Written::Over:
      raise_errno(EBADF);
      return false;
  }
  return false;
}

bool warn_of_second_head(Call& call) {
  if (!call.response().has_second_head() || std::exchange(call.told_of_second_head, true)) {
    return true;
  }
  PySys_WriteStderr(
      "localfn: a second head was written (send_response() or send_error() after end_headers()); it "
      "becomes part of the body, here and on Vercel: is a `return` missing before it?\n");
  return PyErr_Occurred() == nullptr;
}

PyObject* rfile_of(PyObject* writer) {
  Call* call = require_call(writer);
  if (!call) return nullptr;
  if (!call->rfile) {
    PyObject* input = call->input();
    if (!input) return nullptr;
    PyObject* made = PyObject_CallFunctionObjArgs(parts().make_rfile, input, writer, nullptr);
    Py_DECREF(input);
    if (!made) return nullptr;
    if (call->over()) return made;
    call->rfile = made;
  }
  Py_INCREF(call->rfile);
  return call->rfile;
}

PyObject* connection_of(PyObject* writer) {
  Call* call = require_call(writer);
  if (!call) return nullptr;
  if (!call->connection) {
    PyObject* made = PyObject_CallFunctionObjArgs(
        parts().make_connection, writer, call->client_address, call->server_address, nullptr);
    if (!made || call->over()) return made;
    call->connection = made;
  }
  Py_INCREF(call->connection);
  return call->connection;
}

}  // namespace localfn
