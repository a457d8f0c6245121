// The instance's own description is not part of this library; the last line is enough here.
#include <pybind11/pybind11.h>

#include "bindings/adapter.h"

namespace py = pybind11;

namespace localfn {

wire::Failure describe_exception(py::handle exception, const std::string&, bool) {
  wire::Failure failure;
  const py::list lines = py::module_::import("traceback")
                             .attr("format_exception_only")(py::type::of(exception), exception);
  failure.error = lines[lines.size() - 1].cast<std::string>();
  while (!failure.error.empty() && failure.error.back() == '\n') failure.error.pop_back();
  return failure;
}

}  // namespace localfn
