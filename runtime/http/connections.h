// The live connections: so that stopping can find those that wait and those that overrun.
//
// Thread-safe. Connections enter and leave on their own threads; stop() comes from another.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <unordered_set>

#include "runtime/base/clock.h"

namespace localfn::http {

class Connections {
 public:
  /// A connection's entry, for as long as its descriptor is open.
  class Entry {
   public:
    Entry(Connections& all, int fd);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    /// From here on the connection only waits for its client and may be ended at any moment.
    /// False when it is to end already.
    bool waiting();
    /// A request has arrived whole: it may be finished.
    void busy() { waiting_ = false; }
    bool stopping() const { return all_.stopping_; }

   private:
    friend class Connections;
    Connections& all_;
    const int fd_;
    std::atomic<bool> waiting_{true};
  };

  /// Wakes and ends the waiting ones; the others end after their answer.
  void stop();
  /// Whether all had gone by `deadline`.
  bool wait_gone(Deadline deadline);
  /// Cuts those that are left: their reads and writes fail from now on.
  void cut();

  std::size_t count() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable gone_;
  std::unordered_set<Entry*> entries_;
  std::atomic<bool> stopping_{false};
  bool cut_ = false;
};

}  // namespace localfn::http
