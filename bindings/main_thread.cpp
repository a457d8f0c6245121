#include "bindings/main_thread.h"

#include "bindings/gil.h"
#include "bindings/loading.h"
#include "runtime/base/wire.h"

namespace py = pybind11;

namespace localfn {

sigset_t block_our_signals() {
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGRTMIN + wire::kReadAgainSignal);
  sigaddset(&ours, SIGRTMIN + wire::kShowStackSignal);
  ::pthread_sigmask(SIG_BLOCK, &ours, nullptr);
  return ours;
}

int await_our_signal(const sigset_t& ours) {
  // A handler of user code that trips between the check and the wait is seen a second later.
  const timespec patience{has_signal_handlers() ? 1 : 3600, 0};
  int number = 0;
  {
    const GilReleased while_waiting;
    number = ::sigtimedwait(&ours, nullptr, &patience);
  }
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  return number > SIGRTMIN ? number - SIGRTMIN : 0;
}

int status_after(py::error_already_set& error) {
  if (error.matches(PyExc_KeyboardInterrupt)) return 130;
  if (error.matches(PyExc_SystemExit)) return exit_status(error.value());
  error.restore();
  PyErr_Print();
  return 1;
}

}  // namespace localfn
