// Threads for connections: as many as there are, and a few that wait for the next.
//
// A connection keeps its thread while it is open, idle or not, so none may ever wait for another's.
// A sleeping thread costs a few touched pages of stack. enqueue() comes from one thread,
// the accepting one, and shutdown() after its last.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "runtime/base/clock.h"

namespace localfn::http {

class TaskQueue {
 public:
  using Task = std::function<void()>;

  /// Starts one thread, which stays; others retire after `spare` without a task. Throws
  /// std::system_error when not even that one can be started.
  explicit TaskQueue(milliseconds spare);
  ~TaskQueue() { shutdown(); }

  /// Gives the task to a waiting thread, else to a new one. When none can be started it waits for
  /// the first that becomes free.
  void enqueue(Task task);

  /// Runs what is queued, then returns when all threads have ended.
  void shutdown();

  std::size_t threads() const;

 private:
  using Threads = std::list<std::thread>;

  void start_thread(bool may_retire);
  void work(Threads::iterator self, bool may_retire);
  bool next_task(std::unique_lock<std::mutex>& lock, bool may_retire, Task& task);
  void join_retired();

  const milliseconds spare_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  std::size_t waiting_ = 0;  ///< threads without a task
  bool stopping_ = false;
  Threads threads_;
  Threads retired_;  ///< ended, or about to: to be joined
};

}  // namespace localfn::http
