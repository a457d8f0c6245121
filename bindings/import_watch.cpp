#include "bindings/import_watch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string_view>

#include "bindings/audit.h"
#include "bindings/preload.h"
#include "runtime/base/errors.h"

namespace py = pybind11;

namespace localfn {
namespace {

struct Named {
  const char* name;
  const char* finding;
};

constexpr const char* kProcess = "it started a process";
constexpr const char* kFiles = "it changed files";
constexpr const char* kNetwork = "it used the network";
constexpr const char* kEnvironment = "it changed os.environ";
constexpr const char* kTracing = "it traces the interpreter";

// Audit events, and what they mean.
constexpr std::array kEvents = std::to_array<Named>({
    {"os.fork", kProcess},          {"os.forkpty", kProcess},
    {"os.posix_spawn", kProcess},   {"os.system", kProcess},
    {"subprocess.Popen", kProcess}, {"os.mkdir", kFiles},
    {"os.remove", kFiles},          {"os.rename", kFiles},
    {"os.rmdir", kFiles},           {"os.link", kFiles},
    {"os.symlink", kFiles},         {"os.truncate", kFiles},
    {"os.chmod", kFiles},           {"os.chown", kFiles},
    {"socket.connect", kNetwork},   {"socket.getaddrinfo", kNetwork},
    {"socket.sendto", kNetwork},    {"os.putenv", kEnvironment},
    {"os.unsetenv", kEnvironment},  {"sys.addaudithook", kTracing},
    {"sys.setprofile", kTracing},   {"sys.settrace", kTracing},
});

struct Function {
  const char* module;
  const char* name;
  const char* finding;
};

// Every instance shall have its own of these.
constexpr std::array kFunctions = std::to_array<Function>({
    {"_thread", "start_new_thread", "it started a thread"},
    {"_thread", "start_joinable_thread", "it started a thread"},
    {"posix", "register_at_fork", "it asked to be called at forks"},
    {"posix", "urandom", "it drew random bytes"},
    {"posix", "getrandom", "it drew random bytes"},
    {"posix", "getpid", "it asked for the process id"},
    {"posix", "getppid", "it asked for the process id"},
});

}  // namespace

void ImportWatch::find_functions() {
  for (const auto& each : kFunctions) {
    const py::object found = py::getattr(py::module_::import(each.module), each.name, py::none());
    if (PyCFunction_Check(found.ptr())) {
      functions_.emplace_back(PyCFunction_GetFunction(found.ptr()), each.finding);
    }
  }
}

void ImportWatch::begin() {
  find_functions();
  if (PySys_AddAuditHook(&ImportWatch::on_audit, this) != 0) throw py::error_already_set();
  printed_ = UniqueFd(check(::memfd_create("printed", MFD_CLOEXEC), "make a file in memory"));
  out_ = UniqueFd(check(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), "copy standard output"));
  err_ = UniqueFd(check(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), "copy standard error"));
  check(::dup2(printed_.get(), STDOUT_FILENO), "redirect standard output");
  check(::dup2(printed_.get(), STDERR_FILENO), "redirect standard error");
  descriptors_ = count_descriptors();
}

void ImportWatch::end() {
  check(::dup2(out_.get(), STDOUT_FILENO), "give standard output back");
  check(::dup2(err_.get(), STDERR_FILENO), "give standard error back");
  out_.reset();
  err_.reset();
  printed_.reset();
}

void ImportWatch::start() {
  finding_.clear();
  files_.clear();
  PyEval_SetProfile(&ImportWatch::on_profile, py::capsule(this).ptr());
  active_ = true;
}

std::string ImportWatch::stop() {
  active_ = false;
  PyEval_SetProfile(nullptr, nullptr);
  return finding_.empty() ? lasting() : finding_;
}

std::string ImportWatch::lasting() const {
  if (count_threads() != 1) return "it started a thread";
  if (count_descriptors() != descriptors_) return "it keeps a descriptor open";
  struct stat printed {};
  check(::fstat(printed_.get(), &printed), "look at what was printed");
  if (printed.st_size != 0) return "it prints";
  siginfo_t ended{};
  if (::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0) return kProcess;
  return {};
}

std::vector<std::string> ImportWatch::take_files() {
  std::vector<std::string> files(files_.begin(), files_.end());
  files_.clear();
  return files;
}

int ImportWatch::on_audit(const char* event, PyObject* arguments, void* self) noexcept {
  auto& watch = *static_cast<ImportWatch*>(self);
  if (!watch.active_) return 0;
  try {
    watch.audited(event, arguments);
  } catch (const std::exception&) {
    watch.finding_ = "it was not watched to its end";
  }
  return 0;
}

void ImportWatch::audited(const char* event, PyObject* arguments) {
  if (std::strcmp(event, "open") == 0) return opened(arguments);
  if (std::strcmp(event, "os.listdir") == 0 || std::strcmp(event, "os.scandir") == 0) {
    if (!PyTuple_Check(arguments) || PyTuple_GET_SIZE(arguments) < 1) return;
    if (audit::called_by_import_system()) return;
    if (auto path = audit::path_argument(PyTuple_GET_ITEM(arguments, 0))) files_.insert(*path);
    return;
  }
  for (const auto& each : kEvents) {
    if (finding_.empty() && std::strcmp(event, each.name) == 0) finding_ = each.finding;
  }
}

void ImportWatch::opened(PyObject* arguments) {
  if (!PyTuple_Check(arguments) || PyTuple_GET_SIZE(arguments) != 3) return;
  const auto path = audit::path_argument(PyTuple_GET_ITEM(arguments, 0));
  if (!path || path->starts_with("/dev/") || path->starts_with("/proc/")) return;
  if (!audit::is_for_reading(PyTuple_GET_ITEM(arguments, 1), PyTuple_GET_ITEM(arguments, 2))) {
    if (finding_.empty()) finding_ = fmt::format("it opened {} for writing", *path);
  } else if (!audit::called_by_import_system()) {
    files_.insert(*path);
  }
}

int ImportWatch::on_profile(PyObject* self, PyFrameObject* /*frame*/, int what,
                            PyObject* argument) noexcept {
  if (what != PyTrace_C_CALL || argument == nullptr || !PyCFunction_Check(argument)) return 0;
  auto& watch = *static_cast<ImportWatch*>(PyCapsule_GetPointer(self, nullptr));
  const PyCFunction called = PyCFunction_GetFunction(argument);
  for (const auto& [function, finding] : watch.functions_) {
    if (called == function && watch.finding_.empty()) watch.finding_ = finding;
  }
  return 0;
}

}  // namespace localfn
