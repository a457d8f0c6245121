#include "runtime/functions/ledger.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace localfn {
namespace {

constexpr std::size_t kRemembered = 1024;

// Not in every C library's headers that we build with.
void send_signal(int pidfd, int signal_number) {
  ::syscall(SYS_pidfd_send_signal, pidfd, signal_number, nullptr, 0);
}

}  // namespace

std::uint32_t Ledger::open() {
  const std::lock_guard lock(mutex_);
  do {
    if (++last_id_ == 0) ++last_id_;
  } while (entries_.contains(last_id_));
  entries_[last_id_];
  ++alive_;
  return last_id_;
}

void Ledger::cancel(std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  close(id, found->second, State::Lost);
}

void Ledger::reopen(std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  const auto [place, forgotten] = entries_.try_emplace(id);
  if (!forgotten && is_alive(place->second)) return;
  std::erase(closed_, id);
  place->second = Entry{};
  ++alive_;
}

void Ledger::spawned(std::uint32_t id, pid_t pid, UniqueFd pidfd) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.state != State::Unborn) return;
  Entry& entry = found->second;
  entry.state = State::Alive;
  entry.pid = pid;
  entry.pidfd = std::move(pidfd);
  if (entry.waiting_signal != 0) send_signal(entry.pidfd.get(), entry.waiting_signal);
}

void Ledger::spawn_failed(std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(id); found != entries_.end()) {
    close(id, found->second, State::Lost);
  }
}

void Ledger::exited(std::uint32_t id, int wait_status) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  found->second.wait_status = wait_status;
  close(id, found->second, State::Exited);
}

// Processes of a group may outlive its leader, and keep its number from being used again; so a
// group is killed whether its leader still lives or not.
void Ledger::lose_all(const std::set<std::uint32_t>& but) {
  const std::lock_guard lock(mutex_);
  for (auto& [id, entry] : entries_) {
    if (!is_alive(entry) || but.contains(id)) continue;
    if (entry.pid > 1) ::kill(-entry.pid, SIGKILL);
    close(id, entry, State::Lost);
  }
}

void Ledger::lose(std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || !is_alive(found->second)) return;
  if (found->second.pid > 1) ::kill(-found->second.pid, SIGKILL);
  close(id, found->second, State::Lost);
}

bool Ledger::is_alive(const Entry& entry) const {
  return entry.state == State::Unborn || entry.state == State::Alive;
}

void Ledger::close(std::uint32_t id, Entry& entry, State state) {
  if (!is_alive(entry)) return;
  entry.state = state;
  entry.pidfd.reset();
  --alive_;
  closed_.push_back(id);
  changed_.notify_all();
  // Never the entry itself: the caller holds it.
  while (closed_.size() > kRemembered) {
    const auto oldest = closed_.front();
    closed_.pop_front();
    entries_.erase(oldest);
  }
}

void Ledger::unwant(std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(id); found != entries_.end()) found->second.unwanted = true;
}

bool Ledger::wanted(std::uint32_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  return found != entries_.end() && is_alive(found->second) && !found->second.unwanted;
}

bool Ledger::alive(std::uint32_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  return found != entries_.end() && is_alive(found->second);
}

std::size_t Ledger::alive_count() const {
  const std::lock_guard lock(mutex_);
  return alive_;
}

std::vector<std::uint32_t> Ledger::alive_ids() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint32_t> ids;
  for (const auto& [id, entry] : entries_) {
    if (is_alive(entry)) ids.push_back(id);
  }
  return ids;
}

bool Ledger::await_exit(std::uint32_t id, Deadline deadline, int& wait_status) {
  std::unique_lock lock(mutex_);
  const auto over = [&] {
    const auto found = entries_.find(id);
    return found == entries_.end() || !is_alive(found->second);
  };
  if (!changed_.wait_until(lock, deadline.when(), over)) return false;
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.state != State::Exited) return false;
  wait_status = found->second.wait_status;
  return true;
}

bool Ledger::await_none(Deadline deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline.when(), [&] { return alive_ == 0; });
}

void Ledger::signal(std::uint32_t id, int signal_number) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (entry.state == State::Unborn) entry.waiting_signal = signal_number;
  if (entry.state == State::Alive) send_signal(entry.pidfd.get(), signal_number);
}

}  // namespace localfn
