// A thread that calls back every few milliseconds while there is something going on.
//
// For work that may wait a moment in the hope that more comes along: bytes that leave with the next
// ones, lines that are written together. While nothing goes on the thread sleeps without a
// deadline, so that an idle process costs nothing.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace localfn {

class Ticker {
 public:
  /// `tick` is called on the ticker's thread, which has every signal blocked. It must take the lock
  /// under which busy() is called.
  Ticker(std::chrono::milliseconds interval, std::function<void()> tick);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  /// Something goes on. True: `tick` will be called within the interval, and sees whatever the
  /// caller does before it releases its lock. False: nothing was going on until now (or no thread
  /// could be had): the caller does its work at once. Any thread, one at a time, under one lock.
  bool busy();

  /// The same for work that cannot be done at once: false only when no thread could be had. `tick`
  /// comes after a millisecond.
  bool insist();

 private:
  bool start();
  void run();
  bool wait_until_busy();
  void tick_while_busy();
  bool wait_for_tick();

  const std::chrono::milliseconds interval_;
  const std::function<void()> tick_;
  std::atomic<bool> awake_{false};
  std::atomic<bool> used_{false};
  std::chrono::steady_clock::time_point last_use_;  ///< guarded by the caller's lock
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false;    ///< guarded by mutex_
  bool hurries_ = false;   ///< guarded by mutex_
  bool stopping_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace localfn
