// Tells the host where an import is, when it asks (wire::kShowImportSignal).
//
// Lives on the main thread of an instance for as long as its module is imported, with the GIL. The
// answer is given between two lines of Python, or in a system call that Python itself makes; C code
// that keeps the interpreter gives none. Before and after that the signal ends the process, as it does
// by default: the host asks only what it is about to end.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "bindings/channel.h"

namespace localfn {

class ImportPlace {
 public:
  /// Both outlive this object.
  ImportPlace(Channel& channel, const std::string& root);
  ~ImportPlace();
  ImportPlace(const ImportPlace&) = delete;
  ImportPlace& operator=(const ImportPlace&) = delete;

 private:
  void tell(const pybind11::object& innermost) noexcept;

  Channel& channel_;
  const std::string& root_;
  pybind11::object handler_;
};

}  // namespace localfn
