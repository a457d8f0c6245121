#include "runtime/http/pages/project_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <string_view>

#include "runtime/base/errors.h"

namespace localfn::http {
namespace {

/// Not blocking on a fifo, and never the controlling terminal of this process.
constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
constexpr int kRenameRaces = 8;

/// The kernel resolves the name and refuses every step out of `root`. -1 and errno as open().
int open_beneath(int root, const char* file) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(kFlags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int attempt = 0; attempt < kRenameRaces; ++attempt) {
    const long fd = ::syscall(SYS_openat2, root, file, &how, sizeof how);
    // EAGAIN: something was renamed under way and the kernel cannot vouch for the result.
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) return static_cast<int>(fd);
  }
  return -1;
}

/// The absolute name the kernel has for an open file; empty when it cannot be read.
std::string name_of(const std::string& descriptor) {
  char name[PATH_MAX];
  const ssize_t size = ::readlink(descriptor.c_str(), name, sizeof name);
  if (size <= 0 || static_cast<std::size_t>(size) == sizeof name) return {};
  return {name, static_cast<std::size_t>(size)};
}

bool is_inside(const std::string& name, const std::string& folder) {
  if (folder == "/") return name.starts_with('/');
  return name.size() > folder.size() + 1 && name.starts_with(folder) && name[folder.size()] == '/';
}

/// Without openat2, and for absolute links, which it refuses even when they lead back inside: the
/// name is pinned by O_PATH, checked, and the pinned file is opened, so nothing can be exchanged
/// in between and nothing outside is ever opened for reading.
int open_checked(int root, const char* file) {
  const UniqueFd pinned(::openat(root, file, O_PATH | O_CLOEXEC));
  if (!pinned) return -1;
  const std::string descriptor = fmt::format("/proc/self/fd/{}", pinned.get());
  const std::string folder = name_of(fmt::format("/proc/self/fd/{}", root));
  if (folder.empty() || !is_inside(name_of(descriptor), folder)) {
    errno = EXDEV;
    return -1;
  }
  struct stat info {};
  if (::fstat(pinned.get(), &info) != 0) return -1;
  if (!S_ISREG(info.st_mode)) {
    errno = S_ISDIR(info.st_mode) ? EISDIR : ENXIO;
    return -1;
  }
  return ::open(descriptor.c_str(), kFlags);
}

std::string reason_of(int error) {
  switch (error) {
    case EXDEV:
      return "its link leads out of the project";
    case EISDIR:
      return "it is a folder";
    case ENXIO:
      return "it is not a regular file";
    default:
      return errno_text(error);
  }
}

ProjectFile failed(const std::string& file, int error) {
  ProjectFile result;
  result.out_of_means = error == EMFILE || error == ENFILE || error == ENOMEM;
  result.problem = fmt::format("cannot open {}: {}", file, reason_of(error));
  return result;
}

}  // namespace

ProjectFile open_project_file(const std::filesystem::path& root, const std::string& file) {
  if (file.empty() || file.find('\0') != std::string::npos) return failed(file, ENOENT);
  const UniqueFd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return failed(file, errno);

  ProjectFile result;
  result.fd = UniqueFd(open_beneath(folder.get(), file.c_str()));
  // EPERM: a container's filter that does not know openat2.
  if (!result.fd && (errno == EXDEV || errno == ENOSYS || errno == EPERM || errno == EAGAIN)) {
    result.fd = UniqueFd(open_checked(folder.get(), file.c_str()));
  }
  if (!result.fd) return failed(file, errno);
  if (::fstat(result.fd.get(), &result.info) != 0) return failed(file, errno);
  if (!S_ISREG(result.info.st_mode))
    return failed(file, S_ISDIR(result.info.st_mode) ? EISDIR : ENXIO);
  return result;
}

}  // namespace localfn::http
