#include "bindings/loading.h"

#include "bindings/adapter.h"
#include "bindings/embedded.h"

namespace py = pybind11;

namespace localfn {
namespace {

constexpr int kExitInterrupted = 130;
constexpr std::size_t kMostPackages = 4000;  // so that their names fit into a frame

// The two questions that Python code asks about its files, as functions for loading.py.
py::object adding_files(LoadedFiles& files) {
  return py::cpp_function([&files](const py::object& path) {
    const auto bytes =
        py::reinterpret_steal<py::bytes>(PyUnicode_EncodeFSDefault(path.ptr()));
    if (!bytes) throw py::error_already_set();
    return files.add_file(static_cast<std::string>(bytes));
  });
}

bool uncover(const py::object& folder) {
  return embedded("loading", "uncover")(folder, embedded("preload", "STARTUP")).cast<bool>();
}

wire::Interface interface_of(const std::string& kind) {
  if (kind == "handler") return wire::Interface::Handler;
  return kind == "wsgi" ? wire::Interface::Wsgi : wire::Interface::Asgi;
}

LoadedFunction load(const wire::LoadFrame& load, LoadedFiles& files, Debugger& debugger) {
  const auto root = file_name(load.root);
  const auto file = file_name(load.file);
  embedded("loading", "prepare")(root, pairs_of(load.environment));
  bool uncovered = uncover(root);
  if (!load.folder.empty()) {
    uncovered |= uncover(embedded("loading", "add_folder")(root, file_name(load.folder)));
  }
  files.set_root(load.root);
  debugger.connect(load);
  const py::object lookups = embedded("loading", "read_sources_only")(root, adding_files(files));
  const py::object stash = embedded("loading", "STASH");
  // What a learned zygote has imported knows the modules that have just been uncovered.
  if (!stash.is_none() && !uncovered) stash.attr("offer")(lookups);
  files.watch_opens();
  const py::object module = embedded("loading", "import_entry")(root, file);
  files.stop_watching();
  if (!load.framework.empty()) files.watch_templates();
  const py::tuple found = embedded("loading", "resolve")(module, py::str(load.variable), file);
  embedded("loading", "import_sdk")();
  const wire::Interface interface = interface_of(found[0].cast<std::string>());
  if (load.framework != "django") return {interface, found[1]};
  return {interface, embedded("django_static", "with_static_files")(found[0], found[1])};
}

wire::ImportFailedFrame unusable(py::error_already_set& error, const wire::LoadFrame& load) {
  wire::ImportFailedFrame frame;
  frame.failure.traceback = py::str(error.value()).cast<std::string>();
  frame.failure.error = frame.failure.traceback.substr(0, frame.failure.traceback.find('\n'));
  frame.failure.file = load.file;
  return frame;
}

}  // namespace

py::object file_name(const std::string& path) {
  auto name = py::reinterpret_steal<py::object>(
      PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<Py_ssize_t>(path.size())));
  if (!name) throw py::error_already_set();
  return name;
}

py::list pairs_of(const std::vector<std::pair<std::string, std::string>>& environment) {
  py::list pairs;
  for (const auto& [name, value] : environment) {
    pairs.append(py::make_tuple(py::bytes(name), py::bytes(value)));
  }
  return pairs;
}

std::variant<LoadedFunction, wire::ImportFailedFrame> load_function(const wire::LoadFrame& frame,
                                                                    LoadedFiles& files,
                                                                    Debugger& debugger) {
  try {
    return load(frame, files, debugger);
  } catch (py::error_already_set& error) {
    files.stop_watching();
    return import_failed(error, frame);
  }
}

wire::ImportFailedFrame import_failed(py::error_already_set& error, const wire::LoadFrame& load) {
  if (error.matches(embedded("loading", "Unusable"))) return unusable(error, load);
  // The traceback travels apart from the exception until somebody puts the two together.
  if (error.trace()) PyException_SetTraceback(error.value().ptr(), error.trace().ptr());
  wire::ImportFailedFrame frame;
  frame.failure = describe_exception(error.value(), load.root, load.debug);
  if (error.matches(PyExc_SystemExit)) frame.exit_code = exit_status(error.value());
  if (error.matches(PyExc_KeyboardInterrupt)) frame.exit_code = kExitInterrupted;
  return frame;
}

void add_packages(wire::ReadyFrame& ready) {
  const py::tuple found = embedded("loading", "packages_to_learn")();
  for (const auto& name : py::list(found[0])) {
    if (ready.packages.size() == kMostPackages) break;
    ready.packages.push_back(name.cast<std::string>());
  }
  ready.outdated = found[1].cast<bool>();
}

int exit_status(py::handle system_exit) {
  try {
    const py::tuple code = embedded("loading", "exit_code")(system_exit);
    const auto text = code[1].cast<std::string>();
    if (!text.empty()) PySys_FormatStderr("%s\n", text.c_str());
    return code[0].cast<int>();
  } catch (const std::exception&) {
    return 1;
  }
}

bool has_signal_handlers() { return embedded("loading", "has_signal_handlers")().cast<bool>(); }

void run_exit_callbacks() noexcept {
  try {
    embedded("loading", "run_exit_callbacks")();
  } catch (py::error_already_set& error) {
    error.restore();
    PyErr_WriteUnraisable(nullptr);
  } catch (const std::exception&) {
    // Out of memory while leaving: leaving is what is left to do.
  }
}

}  // namespace localfn
