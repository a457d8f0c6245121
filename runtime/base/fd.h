// Sole ownership of file descriptors, and the few ways localfn makes them.
//
// Every descriptor is born with CLOEXEC. Raw `int` descriptors are borrowed for one call.
#pragma once

#include <string>
#include <utility>

namespace localfn {

/// Sole owner of one file descriptor. Empty when default-made or moved from.
class UniqueFd {
 public:
  UniqueFd() noexcept = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }
  explicit operator bool() const noexcept { return fd_ >= 0; }

  /// close() is not retried on EINTR: Linux has already freed the number, and a retry could close
  /// a descriptor that another thread has just opened.
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

/// Two connected descriptors: a pipe (first = read end) or a socket pair (both ends alike).
struct FdPair {
  UniqueFd first;
  UniqueFd second;
};

/// Both throw std::system_error. `type` is SOCK_STREAM or SOCK_SEQPACKET.
FdPair make_pipe();
FdPair make_socketpair(int type);

void set_nonblocking(int fd, bool on);

/// Raises the soft limit of open descriptors to the hard one; returns the new limit.
unsigned long raise_fd_limit();

}  // namespace localfn
