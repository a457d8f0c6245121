// The two ways of stepping around the interpreter's lock, as scopes.
//
// Order of locks: a thread may wait for the GIL while it holds one of our mutexes, but it never
// waits for one of our mutexes while it holds the GIL. Locked keeps the second half of that rule.
#pragma once

#include <pybind11/pybind11.h>

#include <mutex>

namespace localfn {

/// Without the GIL for the length of the scope; other Python threads run meanwhile.
class GilReleased {
 public:
  GilReleased() : state_(PyEval_SaveThread()) {}
  ~GilReleased() { PyEval_RestoreThread(state_); }
  GilReleased(const GilReleased&) = delete;
  GilReleased& operator=(const GilReleased&) = delete;

 private:
  PyThreadState* state_;
};

/// Holds a mutex. The caller has the GIL and gives it up only if the mutex is taken.
class Locked {
 public:
  explicit Locked(std::mutex& mutex) : lock_(mutex, std::try_to_lock) {
    if (lock_.owns_lock()) return;
    const GilReleased while_waiting;
    lock_.lock();
  }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace localfn
