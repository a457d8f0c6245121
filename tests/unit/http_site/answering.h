// A Site's inner part over a real connection, with routes made by hand instead of a router.
#pragma once

#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "runtime/functions/pool.h"
#include "runtime/http/site/site_state.h"
#include "runtime/project/workspace.h"
#include "tests/unit/http/loopback.h"
#include "tests/unit/http_pages/temp_folder.h"

namespace localfn::http::testing {

/// There are no instances here: routes to functions are tested with the real binary.
class NoSpawner final : public Spawner {
 public:
  SpawnedInstance spawn() override { throw std::runtime_error("no zygote in this test"); }
  void kill(std::uint32_t) override {}
  bool await_exit(std::uint32_t, Deadline, int&) override { return false; }
  void watch(std::shared_ptr<InstanceOutput>) override {}
  void ask_to_read_again(std::uint32_t) override {}
  void ask_for_stacks(std::uint32_t) override {}
};

class Answering {
 public:
  explicit Answering(SiteOptions options = {})
      : state_(options, workspace_, pool_,
               [this](const Record&, const std::vector<std::string>& lines) {
                 const std::lock_guard lock(mutex_);  // each connection has a thread of its own
                 if (std::exchange(told_, true)) return;
                 for (const auto& line : lines) explanation_ += line + "\n";
                 accounted_.set();
               }) {}

  test::TempFolder folder;
  Route route;  ///< what every request reaches
  std::shared_ptr<Project> project = std::make_shared<Project>();

  Answer ask(std::string_view bytes = "GET / HTTP/1.1\r\nHost: h\r\n\r\n") {
    project->root = folder.path();
    return front_.ask(bytes);
  }
  /// The same by what the folder's own vercel.json says, instead of `project` and `route`.
  Answer ask_folder() { return whole_front_.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n"); }
  /// What the terminal is told of the configuration when `now` is true.
  std::vector<Notice> notices(const Project& now) { return state_.take_notices(now); }
  std::shared_ptr<const Project> folder_project() { return workspace_.current(); }
  /// What the terminal is told of the first request.
  std::string explanation() { return accounted_.wait() ? explanation_ : "no account"; }

 private:
  static WorkspaceOptions in(const std::filesystem::path& root) {
    WorkspaceOptions options;
    options.root = root;
    return options;
  }

  NoSpawner spawner_;
  Workspace workspace_{in(folder.path()), [](const std::vector<std::string>& paths) {
                         return std::vector<wire::Entry>(paths.size());
                       }};
  Pool pool_{{}, spawner_, workspace_.changes(), [](const LogLine&) {}};
  std::mutex mutex_;
  bool told_ = false;
  std::string explanation_;
  Event accounted_;
  SiteState state_;
  TestFront front_{[this](Exchange& exchange) { state_.answer(exchange, project, route); }};
  TestFront whole_front_{[this](Exchange& exchange) { state_.serve(exchange); }};
};

}  // namespace localfn::http::testing
