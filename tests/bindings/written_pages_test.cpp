// Copy-on-write ahead of time, with real forks.
#include "bindings/written_pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "runtime/base/fd.h"
#include "tests/support/catch.h"

using namespace localfn;

namespace {

constexpr std::size_t kPages = 64;

/// Memory that every fork of this process shares with it.
class SharedMemory {
 public:
  SharedMemory()
      : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))),
        bytes_(static_cast<volatile char*>(::mmap(nullptr, kPages * page_, PROT_READ | PROT_WRITE,
                                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    for (std::size_t i = 0; i < kPages; ++i) write(i);
  }
  ~SharedMemory() { ::munmap(const_cast<char*>(bytes_), kPages * page_); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  void write(std::size_t page) const { bytes_[page * page_] = 'x'; }

  /// Whether the calling process has a copy of its own, by the kernel's word.
  bool own(std::size_t page) const {
    const UniqueFd pagemap(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
    std::uint64_t state = 0;
    const auto at = reinterpret_cast<std::uintptr_t>(bytes_) / page_ + page;
    if (::pread(pagemap.get(), &state, sizeof state, static_cast<off_t>(at * sizeof state)) !=
        sizeof state) {
      return false;
    }
    return (state >> 63 & 1) != 0 && (state >> 56 & 1) != 0;
  }

  bool kernel_copies_ahead() const {
    return ::madvise(const_cast<char*>(bytes_), page_, 23 /* MADV_POPULATE_WRITE */) == 0;
  }

 private:
  std::size_t page_;
  volatile char* bytes_;
};

/// A fork that has written to every second page, and stays until its end is closed.
class Model {
 public:
  explicit Model(const SharedMemory& memory) {
    int done[2];
    int stay[2];
    REQUIRE(::pipe(done) == 0);
    REQUIRE(::pipe(stay) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(stay[1]);
      for (std::size_t i = 0; i < kPages; i += 2) memory.write(i);
      char byte = 'd';
      if (::write(done[1], &byte, 1) == 1 && ::read(stay[0], &byte, 1) >= 0) ::_exit(0);
      ::_exit(1);
    }
    const UniqueFd ends[] = {UniqueFd(done[0]), UniqueFd(done[1]), UniqueFd(stay[0])};
    stay_ = UniqueFd(stay[1]);
    char byte = 0;
    REQUIRE(::read(done[0], &byte, 1) == 1);
  }
  ~Model() {
    stay_.reset();
    ::waitpid(pid_, nullptr, 0);
  }
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  UniqueFd stay_;
};

/// How many of the pages that `model` has written, and of the others, a new fork has of its own
/// after copying; as the exit status cannot hold both, through a pipe.
struct Copied {
  std::size_t written = 0;
  std::size_t others = 0;
};
Copied copied_in_a_fork(const SharedMemory& memory, const std::vector<pid_t>& models, int steps) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const UniqueFd from(ends[0]);
  UniqueFd to(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    copy_pages_written_by(models, [&] { return steps-- > 0; });
    Copied copied;
    for (std::size_t i = 0; i < kPages; ++i) {
      if (memory.own(i)) ++(i % 2 == 0 ? copied.written : copied.others);
    }
    ::_exit(::write(to.get(), &copied, sizeof copied) == sizeof copied ? 0 : 1);
  }
  to.reset();
  Copied copied;
  const bool told = ::read(from.get(), &copied, sizeof copied) == sizeof copied;
  ::waitpid(child, nullptr, 0);
  REQUIRE(told);
  return copied;
}

constexpr int kAllSteps = 1'000'000;

}  // namespace

TEST_CASE("a fork gets its own copy of the pages that another has written, and of no other",
          "[written-pages]") {
  const SharedMemory memory;
  const bool can = memory.kernel_copies_ahead();  // Linux 5.14
  const Model model(memory);
  const auto copied = copied_in_a_fork(memory, {model.pid()}, kAllSteps);
  CHECK(copied.written == (can ? kPages / 2 : 0));
  CHECK(copied.others == 0);
}

TEST_CASE("no page is copied for a model that has gone, or for none", "[written-pages]") {
  const SharedMemory memory;
  pid_t gone = -1;
  {
    const Model model(memory);
    gone = model.pid();
  }
  for (const auto& models : {std::vector<pid_t>{}, std::vector<pid_t>{gone}}) {
    const auto copied = copied_in_a_fork(memory, models, kAllSteps);
    CHECK(copied.written + copied.others == 0);
  }
}

TEST_CASE("copying ahead stops as soon as it is told to", "[written-pages]") {
  const SharedMemory memory;
  const Model model(memory);
  const auto copied = copied_in_a_fork(memory, {model.pid()}, 0);
  CHECK(copied.written == 0);
}
