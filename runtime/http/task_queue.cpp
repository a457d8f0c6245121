#include "runtime/http/task_queue.h"

#include <pthread.h>

#include <csignal>
#include <system_error>
#include <utility>

namespace localfn::http {

namespace {

/// sendfile() knows no MSG_NOSIGNAL: in these threads a client that has gone is an error code only.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

TaskQueue::TaskQueue(milliseconds spare) : spare_(spare) {
  const std::lock_guard lock(mutex_);
  start_thread(false);
}

/// With the mutex held, so that the new thread finds its place in the list.
void TaskQueue::start_thread(bool may_retire) {
  threads_.emplace_front();
  const auto self = threads_.begin();
  try {
    *self = std::thread([this, self, may_retire] { work(self, may_retire); });
  } catch (...) {
    threads_.erase(self);
    throw;
  }
  ++waiting_;
}

void TaskQueue::enqueue(Task task) {
  join_retired();
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  if (waiting_ >= tasks_.size()) {
    wake_.notify_one();
    return;
  }
  try {
    start_thread(true);
  } catch (const std::system_error&) {
    // The limit of threads is reached; whoever is free first takes the task.
    wake_.notify_one();
  }
}

void TaskQueue::work(Threads::iterator self, bool may_retire) {
  block_sigpipe();
  std::unique_lock lock(mutex_);
  Task task;
  while (next_task(lock, may_retire, task)) {
    --waiting_;
    lock.unlock();
    task();
    task = nullptr;  // what it holds goes before the thread counts as free
    lock.lock();
    ++waiting_;
  }
  --waiting_;
  retired_.splice(retired_.begin(), threads_, self);
  if (stopping_) wake_.notify_all();
}

bool TaskQueue::next_task(std::unique_lock<std::mutex>& lock, bool may_retire, Task& task) {
  const auto has_news = [this] { return stopping_ || !tasks_.empty(); };
  if (may_retire) {
    wake_.wait_for(lock, spare_, has_news);
  } else {
    wake_.wait(lock, has_news);
  }
  if (tasks_.empty()) return false;
  task = std::move(tasks_.front());
  tasks_.pop_front();
  return true;
}

void TaskQueue::join_retired() {
  Threads ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(retired_);
  }
  for (std::thread& thread : ended) thread.join();
}

void TaskQueue::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  // Joining moves the list's elements; each thread takes itself out of threads_ when it ends.
  while (true) {
    std::unique_lock lock(mutex_);
    if (threads_.empty() && retired_.empty()) return;
    wake_.wait(lock, [this] { return !retired_.empty(); });
    lock.unlock();
    join_retired();
  }
}

std::size_t TaskQueue::threads() const {
  const std::lock_guard lock(mutex_);
  return threads_.size();
}

}  // namespace localfn::http
