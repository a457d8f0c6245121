#include "bindings/interpreter.h"

#include <Python.h>
#include <fmt/format.h>

#include <clocale>
#include <stdexcept>
#include <string_view>

namespace localfn {
namespace {

[[noreturn]] void fail(const PyStatus& status) {
  throw std::runtime_error(fmt::format("cannot start Python ({}): {}", LOCALFN_PYTHON_EXECUTABLE,
                                       status.err_msg != nullptr ? status.err_msg : "no reason"));
}

void expect(const PyStatus& status) {
  if (PyStatus_Exception(status)) fail(status);
}

void preinitialize() {
  // Text is UTF-8 whatever LANG says; C.UTF-8 is part of glibc.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  PyPreConfig config;
  PyPreConfig_InitIsolatedConfig(&config);
  config.utf8_mode = 1;
#ifdef LOCALFN_SANITIZED
  // Python's own pools would hide every error from the sanitizers.
  config.allocator = PYMEM_ALLOCATOR_MALLOC;
#endif
  expect(Py_PreInitialize(&config));
}

// Isolated from the shell, but to the code inside an ordinary interpreter: sys.flags is what
// subprocess and multiprocessing hand on to the interpreters they start.
void configure(PyConfig& config) {
  config.isolated = 0;
  config.use_environment = 0;
#if PY_VERSION_HEX >= 0x030B0000
  config.safe_path = 0;
#endif
  config.user_site_directory = 1;
  config.site_import = 1;
  config.parse_argv = 0;
  config.install_signal_handlers = 0;
  config.write_bytecode = 0;
  config.buffered_stdio = 0;  // an instance leaves with _exit: nothing may wait in a buffer
  config.configure_c_stdio = 1;
  const std::string_view executable = LOCALFN_PYTHON_EXECUTABLE;
  expect(PyConfig_SetBytesString(&config, &config.program_name, executable.data()));
  expect(PyConfig_SetBytesString(&config, &config.executable, executable.data()));
  expect(PyConfig_SetBytesString(&config, &config.stdio_encoding, "utf-8"));
  expect(PyConfig_SetBytesString(&config, &config.stdio_errors, "backslashreplace"));
}

}  // namespace

void start_interpreter() {
  preinitialize();
  PyConfig config;
  PyConfig_InitIsolatedConfig(&config);
  try {
    configure(config);
    expect(Py_InitializeFromConfig(&config));
  } catch (...) {
    PyConfig_Clear(&config);
    throw;
  }
  PyConfig_Clear(&config);
  // The headers this was compiled with and the library it found must be the same Python.
  if (!std::string_view(Py_GetVersion()).starts_with(LOCALFN_PYTHON_VERSION_PREFIX)) {
    throw std::runtime_error(fmt::format("cannot start Python: built for {}*, loaded {}",
                                         LOCALFN_PYTHON_VERSION_PREFIX, Py_GetVersion()));
  }
}

std::string python_version() {
  const std::string_view text = Py_GetVersion();
  return std::string(text.substr(0, text.find(' ')));
}

}  // namespace localfn
