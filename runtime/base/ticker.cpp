#include "runtime/base/ticker.h"

#include <algorithm>
#include <csignal>
#include <system_error>
#include <utility>

namespace localfn {
namespace {

using namespace std::chrono_literals;

// So long without anything to do, and the thread goes to sleep.
constexpr auto kQuiet = 50ms;
// What could not be done at once is tried again so soon.
constexpr auto kAgain = 1ms;

}  // namespace

Ticker::Ticker(std::chrono::milliseconds interval, std::function<void()> tick)
    : interval_(interval), tick_(std::move(tick)) {}

Ticker::~Ticker() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

bool Ticker::busy() {
  used_.store(true, std::memory_order_relaxed);
  if (awake_.load()) return true;
  // Once is not busy: a thread for every single thing would cost more than it saves.
  const auto now = std::chrono::steady_clock::now();
  if (now - last_use_ < kQuiet) start();
  last_use_ = now;
  return false;
}

bool Ticker::insist() {
  used_.store(true, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    hurries_ = true;
    changed_.notify_one();
  }
  return awake_.load() || start();
}

bool Ticker::start() {
  const std::lock_guard lock(mutex_);
  wanted_ = true;
  changed_.notify_one();
  if (thread_.joinable()) return true;
  // Signals are for the threads that expect them; a new thread has its creator's mask.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    // No thread to be had: everything is done at once, and the next call tries again.
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread_.joinable();
}

void Ticker::run() {
  while (wait_until_busy()) {
    awake_.store(true);
    tick_while_busy();
    awake_.store(false);
    // Whoever was told that a tick is to come holds its lock or has released it: this one sees it.
    tick_();
  }
}

bool Ticker::wait_until_busy() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return wanted_ || stopping_; });
  wanted_ = false;
  return !stopping_;
}

void Ticker::tick_while_busy() {
  for (auto quiet = 0ms; quiet < kQuiet;) {
    if (!wait_for_tick()) return;
    quiet = used_.exchange(false, std::memory_order_relaxed) ? 0ms : quiet + interval_;
    tick_();
  }
}

/// False when it is to stop.
bool Ticker::wait_for_tick() {
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, interval_, [this] { return stopping_ || hurries_; })) {
    hurries_ = false;
    changed_.wait_for(lock, std::min(interval_, kAgain), [this] { return stopping_; });
  }
  return !stopping_;
}

}  // namespace localfn
