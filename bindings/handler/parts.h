// The Python objects the adapter is made of: native types, the embedded Python code's functions,
// interned names. Made once in the zygote and inherited by every instance.
//
// parts() is the only state of this folder that outlives an invocation. It is leaked on purpose:
// an instance leaves by _exit, and dropping references after the interpreter is gone would crash.
// The GIL guards it.
#pragma once

#include <Python.h>

#include <array>
#include <string_view>

#include "bindings/handler/http_date.h"

namespace localfn {

struct KnownMethod {
  std::string_view method;
  PyObject* command;   ///< 'GET'
  PyObject* function;  ///< 'do_GET'
};

struct HandlerParts {
  PyTypeObject* writer_type;
  Py_ssize_t writer_offset;  ///< of the Call* inside a writer

  // Interned names.
  PyObject *wfile, *state, *headers_buffer, *command, *path, *request_version, *close_connection,
      *client_address, *server, *protocol_version, *responses, *server_version, *sys_version,
      *flush, *send_error, *http_1_0, *http_1_1, *sdk_module;
  std::array<KnownMethod, 7> methods;

  // Functions of the embedded code.
  PyObject *build, *make_server, *make_rfile, *make_connection, *make_headers, *end_connection,
      *finish_replaced, *silence_of, *tell_miscased, *run_plain;

  // What the native response methods hand unusual calls to.
  PyObject *send_response_fallback, *send_response_only_fallback, *send_header_fallback,
      *end_headers_fallback, *flush_headers_fallback;
  PyObject* no_arguments;      ///< ()
  PyObject* default_protocol;  ///< BaseHTTPRequestHandler.protocol_version

  DateCache date;
};

/// Valid after prepare_handler_adapter().
HandlerParts& parts();

}  // namespace localfn
