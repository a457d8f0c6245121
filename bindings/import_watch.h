// Watches what importing a module does besides defining things: a zygote may keep only imports that
// have left nothing behind which a fork would spoil or which an instance would have done itself.
//
// In a zygote that learns, on its only thread, with the GIL. One object a process, for good: Python
// keeps the audit hook. After end() the hook only returns.
#pragma once

#include <pybind11/pybind11.h>

#include <set>
#include <string>
#include <vector>

#include "runtime/base/fd.h"

namespace localfn {

class ImportWatch {
 public:
  ImportWatch() = default;
  ImportWatch(const ImportWatch&) = delete;
  ImportWatch& operator=(const ImportWatch&) = delete;

  /// From here on descriptors 1 and 2 lead to a file in memory: what is printed is a finding, and
  /// no instance's output.
  void begin();
  /// Gives the descriptors back.
  void end();

  void start();
  /// What the import since start() has done that a zygote must not keep; empty: nothing.
  std::string stop();

  /// Files that were read and directories that were listed since start(), without what the import
  /// system itself looked at.
  std::vector<std::string> take_files();

 private:
  static int on_audit(const char* event, PyObject* arguments, void* self) noexcept;
  static int on_profile(PyObject* self, PyFrameObject* frame, int what,
                        PyObject* argument) noexcept;
  void audited(const char* event, PyObject* arguments);
  void opened(PyObject* arguments);
  void find_functions();
  std::string lasting() const;

  bool active_ = false;
  bool hooked_ = false;
  UniqueFd printed_;
  UniqueFd out_;
  UniqueFd err_;
  std::size_t descriptors_ = 0;
  std::string finding_;  ///< the first one
  std::set<std::string> files_;
  /// C functions that leave no trace of their call, and what a call means.
  std::vector<std::pair<PyCFunction, const char*>> functions_;
};

}  // namespace localfn
