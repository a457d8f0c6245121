// A project that answers requests of this process: router, instances and pages, without a server.
//
// What `localfn dev` has behind its port, for commands that ask instead of serving. call() may be
// used by many threads at once; everything else belongs to the thread that made the engine.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "runtime/base/fd.h"
#include "runtime/cli/project_session.h"
#include "runtime/functions/pool.h"
#include "runtime/http/front.h"
#include "runtime/http/local_exchange.h"
#include "runtime/http/site/site.h"

namespace localfn::cli {

struct EngineOptions : ProjectOptions {
  std::size_t max_instances = 10;
  bool strict = false;
  bool plain = false;
  DebugOptions debugger;
  std::string terminal;  ///< TerminalDesk::place(), from a command that has one
  /// Also listens on a free port of 127.0.0.1, so that functions can ask each other at VERCEL_URL.
  bool reachable = false;
  /// What stays idle for so long is retired.
  std::chrono::seconds idle{300};
};

class Engine {
 public:
  /// Throws UsageError and std::runtime_error as ProjectSession does. `log` takes the functions'
  /// lines, `account` the records; both are called on any thread.
  Engine(const EngineOptions& options, LogSink log, http::Account account);
  /// Waits for what functions do after their answers, then ends every instance.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  std::shared_ptr<const Project> project() { return session_.workspace().current(); }
  ProjectSession& session() { return session_; }

  /// What is due without a request, at once: afterwards touched_functions() knows of every edit.
  void tend_now();
  /// Functions whose instances an edit has made stale since the last call.
  std::vector<std::string> touched_functions() { return pool_->take_restarted(); }
  /// The next request for each of these functions starts a new instance.
  void renew(const std::vector<std::string>& functions) { pool_->renew(functions); }
  /// Readable when the engine itself has seen an edit, which Workspace::change_fd() then no longer
  /// tells; heard() clears it.
  int edit_fd() const { return edit_.get(); }
  void heard();
  /// Ends what is being called, so that call() returns. Nothing can be called any more.
  void stop();

  /// Serves one request to its end. `sink` as in LocalExchange.
  http::LocalAnswer call(http::LocalRequest request, http::LocalExchange::BodySink sink = {});

 private:
  void tend();
  Clock::time_point tend_once();
  std::uint16_t bind();

  const UniqueFd unread_;  ///< instances have said something that no request waits for
  ProjectSession session_;
  std::unique_ptr<http::Front> front_;  ///< where the engine is reachable
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<http::Site> site_;
  const UniqueFd edit_;
  std::mutex tending_;  ///< one thread at a time looks after the pool
  std::uint64_t seen_change_ = 0;
  const UniqueFd stopping_;
  std::thread tender_;  ///< what `localfn dev`'s main loop does beside serving
};

}  // namespace localfn::cli
