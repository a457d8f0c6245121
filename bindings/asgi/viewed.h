// The bytes of a Python object that has them, for as long as this lives. With the GIL.
#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <string_view>

namespace localfn {

class Viewed {
 public:
  /// Throws pybind11::error_already_set.
  explicit Viewed(const pybind11::buffer& from) {
    if (PyObject_GetBuffer(from.ptr(), &view_, PyBUF_SIMPLE) != 0) {
      throw pybind11::error_already_set();
    }
  }
  ~Viewed() { PyBuffer_Release(&view_); }
  Viewed(const Viewed&) = delete;
  Viewed& operator=(const Viewed&) = delete;

  std::string_view bytes() const {
    return {static_cast<const char*>(view_.buf), static_cast<std::size_t>(view_.len)};
  }

 private:
  Py_buffer view_{};
};

}  // namespace localfn
