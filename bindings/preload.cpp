#include "bindings/preload.h"

#include <dirent.h>
#include <fmt/format.h>
#include <pybind11/pybind11.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>

#include "bindings/embedded.h"
#include "runtime/base/errors.h"

namespace py = pybind11;

namespace localfn {
namespace {

// Our own modules that not every instance needs; they take what the list before them has.
constexpr std::array kOurs = {"event_loop", "exchange",         "lifespan",
                              "websocket",  "websocket_stream", "failure"};

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

// ThreadSanitizer starts a thread of its own in each process that was forked, before anything else
// runs there: what is counted first in a process beside the caller's thread is that one.
std::size_t sanitizer_threads() {
#ifdef __SANITIZE_THREAD__
  static pid_t process = 0;
  static std::size_t threads = 0;
  if (process != ::getpid()) {
    process = ::getpid();
    threads = count_entries("/proc/self/task") - 1;
  }
  return threads;
#else
  return 0;
#endif
}

}  // namespace

std::size_t count_threads() {
  const std::size_t sanitizers = sanitizer_threads();
  return count_entries("/proc/self/task") - sanitizers;
}
std::size_t count_descriptors() { return count_entries("/proc/self/fd"); }

void expect_one_thread(const char* when) {
  const std::size_t threads = count_threads();
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
  const std::size_t all = names.size() + kOurs.size();
  if (next_ == all) return false;
  const std::size_t descriptors = count_descriptors();
  std::string name;
  if (next_ < names.size()) {
    embedded("preload", "load")(names[next_]);
    name = py::str(names[next_]).cast<std::string>();
    // Not by the instances: what a learned zygote keeps is not given out where a module of the
    // library is no longer what it was.
    embedded("threads", "watch_executors")();
  } else {
    name = kOurs[next_ - names.size()];
    embedded_module(name.c_str());
  }
  ++next_;
  const auto when = fmt::format("after importing {}", name);
  expect_one_thread(when.c_str());
  if (count_descriptors() != descriptors) {
    throw std::runtime_error(
        fmt::format("cannot fork instances: the zygote has another descriptor {}", when));
  }
  freeze();
  return true;
}

void Preload::freeze() { py::module_::import("gc").attr("freeze")(); }

}  // namespace localfn
