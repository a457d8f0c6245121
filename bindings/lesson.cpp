#include "bindings/lesson.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "bindings/embedded.h"
#include "bindings/import_watch.h"
#include "bindings/loading.h"
#include "runtime/base/errors.h"

namespace py = pybind11;

namespace localfn {
namespace {

constexpr off_t kLargestLesson = 16 << 20;

bool is_loaded(const std::string& name) {
  return PyDict_GetItemString(PyImport_GetModuleDict(), name.c_str()) != nullptr;
}

std::string load(const std::string& name) {
  try {
    py::module_::import(name.c_str());
    return {};
  } catch (py::error_already_set& error) {
    return "it raised " + py::str(error.type().attr("__name__")).cast<std::string>();
  }
}

// "" when it can be kept.
std::string take(const py::object& lesson, ImportWatch& watch, const std::string& name) {
  lesson.attr("begin")();
  watch.start();
  const std::string raised = load(name);
  const std::string left = watch.stop();
  if (!raised.empty()) return raised;
  if (!left.empty()) return left;
  py::list files;
  for (const auto& each : watch.take_files()) files.append(file_name(each));
  return py::str(lesson.attr("judge")(files)).cast<std::string>();
}

// Whether everything in {module: {name: object}} is still where it was. In C++ because it touches
// no reference count: in an instance each of those would have the kernel copy a page.
bool are_in_place(const py::dict& known) {
  PyObject* const modules = PyImport_GetModuleDict();
  PyObject* module_name = nullptr;
  PyObject* names = nullptr;
  for (Py_ssize_t at = 0; PyDict_Next(known.ptr(), &at, &module_name, &names) != 0;) {
    PyObject* const module = PyDict_GetItemWithError(modules, module_name);
    if (module == nullptr || !PyModule_Check(module)) return false;
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t each = 0; PyDict_Next(names, &each, &name, &value) != 0;) {
      if (PyDict_GetItemWithError(PyModule_GetDict(module), name) != value) return false;
    }
  }
  return true;
}

// Whether the files of {path: signature()} of lesson.py are what they were. A hundred of them are
// looked at in each instance that imports a framework.
bool have_signatures(const py::dict& files) {
  for (const auto& [path, seen] : files) {
    const auto name = py::reinterpret_steal<py::bytes>(PyUnicode_EncodeFSDefault(path.ptr()));
    if (!name) throw py::error_already_set();
    struct stat now {};
    const bool there = ::stat(PyBytes_AS_STRING(name.ptr()), &now) == 0;
    if (there == seen.is_none()) return false;
    if (!there) continue;
    const auto [changed, size, inode] =
        seen.cast<std::tuple<long long, long long, unsigned long long>>();
    const long long now_changed = now.st_mtim.tv_sec * 1'000'000'000LL + now.st_mtim.tv_nsec;
    if (changed != now_changed || size != now.st_size || inode != now.st_ino) return false;
  }
  return true;
}

}  // namespace

wire::Lesson read_lesson(const UniqueFd& file) {
  struct stat status {};
  check(::fstat(file.get(), &status), "look at the lesson");
  if (status.st_size > kLargestLesson) throw std::runtime_error("the lesson is too long");
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t got = 0;
  while (got < bytes.size()) {
    const auto n =
        ::pread(file.get(), bytes.data() + got, bytes.size() - got, static_cast<off_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  wire::Lesson lesson;
  if (!wire::decode(std::string_view(bytes).substr(0, got), lesson)) {
    throw std::runtime_error("the host sent a malformed lesson");
  }
  return lesson;
}

Learned learn(const wire::Lesson& content, const std::function<void(const std::string&)>& trying) {
  py::dict tools = embedded_module("lesson");
  tools["are_in_place"] = py::cpp_function(are_in_place);
  tools["have_signatures"] = py::cpp_function(have_signatures);
  const py::object lesson = tools["Lesson"](file_name(content.root), pairs_of(content.environment),
                                            embedded_module("loading"));
  Learned learned;
  // Python keeps its hook for good.
  auto* const watch = new ImportWatch;
  watch->begin();
  for (const auto& name : content.names) {
    if (is_loaded(name)) continue;
    trying(name);
    learned.reason = take(lesson, *watch, name);
    if (learned.reason.empty()) continue;
    learned.refused = name;
    return learned;
  }
  watch->end();
  learned.modules = lesson.attr("finish")().cast<std::size_t>();
  embedded_module("loading")["STASH"] = embedded("stash", "Stash")(lesson, tools);
  return learned;
}

}  // namespace localfn
