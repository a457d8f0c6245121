#include "runtime/http/connections.h"

#include <sys/socket.h>

namespace localfn::http {

Connections::Entry::Entry(Connections& all, int fd) : all_(all), fd_(fd) {
  const std::lock_guard lock(all_.mutex_);
  all_.entries_.insert(this);
  if (all_.cut_) ::shutdown(fd_, SHUT_RDWR);
}

Connections::Entry::~Entry() {
  const std::lock_guard lock(all_.mutex_);
  all_.entries_.erase(this);
  if (all_.entries_.empty()) all_.gone_.notify_all();
}

bool Connections::Entry::waiting() {
  // The order matters: either this thread sees stopping_, or stop() sees waiting_.
  waiting_ = true;
  return !all_.stopping_;
}

void Connections::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (const Entry* entry : entries_) {
    // Only the reading side: a request that arrives at this very moment can still be answered.
    if (entry->waiting_) ::shutdown(entry->fd_, SHUT_RD);
  }
}

bool Connections::wait_gone(Deadline deadline) {
  std::unique_lock lock(mutex_);
  return gone_.wait_until(lock, deadline.when(), [this] { return entries_.empty(); });
}

void Connections::cut() {
  const std::lock_guard lock(mutex_);
  cut_ = true;
  for (const Entry* entry : entries_) ::shutdown(entry->fd_, SHUT_RDWR);
}

std::size_t Connections::count() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace localfn::http
