#include "bindings/written_pages.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "runtime/base/fd.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace localfn {
namespace {

using Addresses = std::pair<std::uintptr_t, std::uintptr_t>;

// Of an entry of /proc/PID/pagemap.
constexpr std::uint64_t kPresent = std::uint64_t{1} << 63;
constexpr std::uint64_t kOnlyHere = std::uint64_t{1} << 56;

constexpr std::size_t kMostPages = 8192;  // in all; more is no start-up but a data set
constexpr std::size_t kMostAtOnce = 32;
// No start-up writes all over such a mapping, and sanitizers have some of terabytes.
constexpr std::uintptr_t kLargestMapping = std::uintptr_t{1} << 28;

// What can be written to and is this process's own.
std::vector<Addresses> writable_memory() {
  std::vector<Addresses> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long long begin = 0;
    unsigned long long end = 0;
    char mode[5] = {};
    if (std::sscanf(line.c_str(), "%llx-%llx %4s", &begin, &end, mode) != 3) continue;
    if (std::string_view(mode) != "rw-p" || end - begin > kLargestMapping) continue;
    found.emplace_back(begin, end);
  }
  return found;
}

// One entry a page; empty where the kernel does not tell.
std::vector<std::uint64_t> page_states(const UniqueFd& pagemap, const Addresses& range,
                                       std::size_t page) {
  std::vector<std::uint64_t> states((range.second - range.first) / page);
  const auto size = static_cast<ssize_t>(states.size() * sizeof states[0]);
  const auto from = static_cast<off_t>(range.first / page * sizeof states[0]);
  if (::pread(pagemap.get(), states.data(), states.size() * sizeof states[0], from) != size)
    return {};
  return states;
}

UniqueFd pagemap_of(const std::string& process) {
  return UniqueFd(::open(fmt::format("/proc/{}/pagemap", process).c_str(), O_RDONLY | O_CLOEXEC));
}

class Copying {
 public:
  explicit Copying(const std::vector<pid_t>& models) : own_(pagemap_of("self")) {
    for (const pid_t pid : models) models_.push_back(pagemap_of(std::to_string(pid)));
  }

  void copy(const Addresses& range, const std::function<bool()>& go_on);
  bool more() const { return left_ > 0; }

 private:
  std::vector<bool> wanted(const Addresses& range) const;

  const std::size_t page_ = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const UniqueFd own_;
  std::vector<UniqueFd> models_;
  std::size_t left_ = kMostPages;
};

std::vector<bool> Copying::wanted(const Addresses& range) const {
  const auto own = page_states(own_, range, page_);
  std::vector<bool> wanted(own.size());
  for (const auto& model : models_) {
    const auto states = page_states(model, range, page_);
    for (std::size_t i = 0; i < std::min(own.size(), states.size()); ++i) {
      const bool shared = (own[i] & kPresent) != 0 && (own[i] & kOnlyHere) == 0;
      const bool written = (states[i] & kPresent) != 0 && (states[i] & kOnlyHere) != 0;
      if (shared && written) wanted[i] = true;
    }
  }
  return wanted;
}

void Copying::copy(const Addresses& range, const std::function<bool()>& go_on) {
  const auto pages = wanted(range);
  for (std::size_t i = 0; i < pages.size() && more();) {
    std::size_t count = 0;
    while (i + count < pages.size() && pages[i + count] && count < kMostAtOnce) ++count;
    if (count == 0) {
      ++i;
      continue;
    }
    if (!go_on()) {
      left_ = 0;
      return;
    }
    // Fails where a mapping has gone meanwhile, and on old kernels: then the first write copies.
    ::madvise(reinterpret_cast<void*>(range.first + i * page_), count * page_, MADV_POPULATE_WRITE);
    left_ -= std::min(left_, count);
    i += count;
  }
}

}  // namespace

void copy_pages_written_by(const std::vector<pid_t>& models, const std::function<bool()>& go_on) {
  Copying copying(models);
  for (const auto& range : writable_memory()) {
    if (!copying.more()) return;
    copying.copy(range, go_on);
  }
}

}  // namespace localfn
