#include "bindings/preload.h"

#include <dirent.h>
#include <fmt/format.h>
#include <pybind11/pybind11.h>

#include <cerrno>
#include <memory>
#include <stdexcept>

#include "bindings/embedded.h"
#include "runtime/base/errors.h"

namespace py = pybind11;

namespace localfn {
namespace {

struct CloseDir {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// Entries of /proc/self/task or /proc/self/fd (there including the one of the listing itself).
std::size_t count_entries(const char* folder) {
  const std::unique_ptr<DIR, CloseDir> listing(::opendir(folder));
  if (!listing) check(-1, folder);
  std::size_t count = 0;
  while (const dirent* entry = ::readdir(listing.get())) {
    if (entry->d_name[0] != '.') ++count;
  }
  return count;
}

}  // namespace

void expect_one_thread(const char* when) {
  const std::size_t threads = count_entries("/proc/self/task");
  if (threads == 1) return;
  throw std::runtime_error(
      fmt::format("cannot fork instances: the zygote has {} threads {}, it may have one", threads,
                  when));
}

void Preload::essential() {
  py::module_::import("gc").attr("disable")();
  embedded_module("preload");  // first: it remembers what was loaded before anything of ours
  embedded("preload", "load_essential")();
  embedded_module("loading");
}

bool Preload::next() {
  const py::tuple names = embedded("preload", "LATER");
  if (next_ == names.size()) return false;
  const py::object name = names[next_++];
  const std::size_t descriptors = count_entries("/proc/self/fd");
  embedded("preload", "load")(name);
  const auto when = fmt::format("after importing {}", py::str(name).cast<std::string>());
  expect_one_thread(when.c_str());
  if (count_entries("/proc/self/fd") != descriptors) {
    throw std::runtime_error(
        fmt::format("cannot fork instances: the zygote has another descriptor {}", when));
  }
  freeze();
  return true;
}

void Preload::freeze() { py::module_::import("gc").attr("freeze")(); }

}  // namespace localfn
