#include "runtime/cli/test_watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <future>
#include <map>
#include <optional>
#include <utility>

#include "runtime/base/errors.h"
#include "runtime/base/fd.h"
#include "runtime/base/signals.h"
#include "runtime/cli/answerer.h"
#include "runtime/cli/asker.h"
#include "runtime/cli/console.h"
#include "runtime/cli/probe_files.h"
#include "runtime/cli/test_output.h"
#include "runtime/cli/test_values.h"
#include "runtime/cli/touched.h"
#include "runtime/project/text.h"

namespace localfn::cli {
namespace {

using namespace std::chrono_literals;
using probes::Probe;
using probes::Result;

// An editor saves in several steps, a branch switch in many files: they are one edit.
constexpr auto kQuiet = 50ms;
constexpr auto kLongestEdit = 1000ms;
// How long one wait for an edit takes before the next one begins.
constexpr auto kWait = 60s;
// While waiting nothing is idle: what an instance has loaded says what an edit touches.
constexpr std::chrono::seconds kIdle = std::chrono::hours(24 * 365);

TestOptions for_watching(TestOptions options) {
  options.idle = kIdle;
  return options;
}

class TestWatch {
 public:
  explicit TestWatch(const TestOptions& options)
      : options_(for_watching(options)),
        signals_(block_signals({SIGINT, SIGTERM, SIGHUP})),
        engine_(
            options_, [this](const LogLine& line) { told_.line(line); },
            [this](const Record& record, const auto& explanation) {
              told_.account(record, explanation);
            }),
        answerer_(engine_, told_),
        asker_({options.jobs, options.fail_slow}) {}

  int run() {
    if (load()) ask(everything());
    while (signal_ == 0) {
      fmt::print(stderr, "watching {}: an edit asks again what it touches; Ctrl-C ends\n",
                 printable(engine_.project()->root.string()));
      bool told = false;
      while (!told && signal_ == 0) {
        const auto edits = await_edit();
        told = !edits.empty() && signal_ == 0 && after(edits);
      }
    }
    engine_.stop();  // whoever asks to leave waits for nothing
    return 128 + signal_;
  }

 private:
  // ---- what is asked

  /// Reads the probes anew; false when a file is wrong, which has been said then.
  bool load() {
    const auto project = engine_.project();
    auto read = project->errors.empty() ? read_probe_files(options_.directory, options_.files)
                                        : probes::Probes{{}, project->errors, true};
    complete_ = read.problems.empty();
    if (!complete_) {
      print_problems(options_, std::move(read.problems));
      return false;
    }
    asker_.give(given_values(options_, project.get()));
    smoke_ = !read.present;
    auto probes = smoke_ ? smoke_probes(options_.directory, *project) : std::move(read.probes);
    carry_over(probes);
    return true;
  }

  /// Results stay with the probes that are the same as before.
  void carry_over(std::vector<Probe>& probes) {
    std::multimap<std::string, std::size_t> old;
    for (std::size_t i = 0; i < probes_.size(); ++i) old.emplace(key_of(probes_[i]), i);
    std::map<std::size_t, Result> results;
    std::vector<std::string> answered_by(probes.size());
    for (std::size_t i = 0; i < probes.size(); ++i) {
      const std::string key = key_of(probes[i]);
      const auto found = old.lower_bound(key);
      if (found == old.end() || found->first != key) continue;
      const std::size_t before = found->second;
      old.erase(found);  // of several alike the next one stands for the next
      const auto result = results_.find(before);
      if (result == results_.end()) continue;
      answered_by[i] = answered_by_[before];
      results.emplace(i, std::move(result->second));
    }
    probes_ = std::move(probes);
    results_ = std::move(results);
    answered_by_ = std::move(answered_by);
  }

  static std::string key_of(const Probe& probe) {
    return fmt::format("{}:{} {}", probe.file, probe.line, probe.name);
  }

  std::set<std::size_t> everything() const {
    std::set<std::size_t> all;
    for (std::size_t i = 0; i < probes_.size(); ++i) all.insert(i);
    return all;
  }

  bool is_configuration(const std::string& edited) {
    if (edited == "vercel.json") return true;
    if (options_.files.empty()) return edited == "probes.json";
    const auto root = engine_.project()->root;
    for (const std::string& file : options_.files) {
      if (std::filesystem::weakly_canonical(file) == root / edited) return true;
    }
    return false;
  }

  std::set<std::size_t> touched_by(const std::vector<std::string>& edits) {
    std::set<std::string> changed(edits.begin(), edits.end());
    for (auto& function : engine_.touched_functions()) changed.insert(std::move(function));
    std::vector<ProbeState> states;
    for (std::size_t i = 0; i < probes_.size(); ++i) {
      const auto result = results_.find(i);
      ProbeState state;
      state.answered_by = answerer_.answered_by(probes_[i]);
      state.answered_before = answered_by_[i];
      if (result != results_.end()) {
        state.function = result->second.function;
        state.has_run = true;
        state.passed = result->second.passed();
      }
      states.push_back(std::move(state));
    }
    return touched_probes(probes_, states, changed);
  }

  /// False when the edit touches nothing: a text, or what an editor keeps while it saves.
  bool after(const std::vector<std::string>& edits) {
    const std::string what = printable(join_words(remaining(edits)));
    const bool was_complete = complete_;
    try {
      engine_.tend_now();
      if (!load()) return true;
    } catch (const UsageError& error) {
      complete_ = false;
      fmt::print(stderr, "error: {}\n", error.what());
      return true;
    }
    const bool all =
        !was_complete || std::any_of(edits.begin(), edits.end(), [&](const auto& edit) {
          return is_configuration(edit) && !(smoke_ && edit == "probes.json");
        });
    const auto chosen = all ? everything() : touched_by(edits);
    if (chosen.empty() && !all) return false;
    fmt::print(stderr, "\nedit {}: {} of {} probes again\n", what, chosen.size(), probes_.size());
    if (!chosen.empty()) ask(chosen);
    return true;
  }

  /// The files that are still there, or all when none is. Editors save under another name first.
  std::vector<std::string> remaining(const std::vector<std::string>& edits) {
    std::vector<std::string> there;
    const auto root = engine_.project()->root;
    std::error_code ignored;
    for (const std::string& edit : edits) {
      if (std::filesystem::exists(root / edit, ignored)) there.push_back(edit);
    }
    return there.empty() ? edits : there;
  }

  // ---- asking

  void ask(const std::set<std::size_t>& chosen) {
    renew(chosen);
    const UniqueFd done(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd"));
    auto asking = std::async(std::launch::async, [&] {
      struct Tell {
        int fd;
        ~Tell() { ::eventfd_write(fd, 1); }
      } tell{done.get()};
      return asker_.ask(answerer_, probes_, chosen);
    });
    while (signal_ == 0 && !await(done.get(), -1, kWait)) {
    }
    if (signal_ != 0) {
      asker_.stop();
      engine_.stop();
    }
    auto asked = asking.get();
    if (signal_ == 0) show(std::move(asked));
  }

  /// Fresh instances for what is asked.
  void renew(const std::set<std::size_t>& chosen) {
    std::set<std::string> functions;
    for (const std::size_t index : chosen) {
      answered_by_[index] = answerer_.answered_by(probes_[index]);
      functions.insert(answered_by_[index]);
    }
    engine_.renew({functions.begin(), functions.end()});
  }

  void show(std::map<std::size_t, Result> asked) {
    std::vector<Result> shown;
    for (auto& [index, result] : asked) {
      if (smoke_) forgive_missing_get(result);
      shown.push_back(result);
      results_.insert_or_assign(index, std::move(result));
    }
    std::vector<Result> all;
    for (const auto& [index, result] : results_) all.push_back(result);
    print_results(options_, shown, all);
  }

  // ---- waiting

  /// False when the wait was in vain, or for a signal, which is in signal_ then.
  bool await(int one, int other, milliseconds limit) {
    std::array<pollfd, 3> ready{pollfd{signals_.get(), POLLIN, 0}, pollfd{one, POLLIN, 0},
                                pollfd{other, POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), static_cast<int>(limit.count())) <= 0) return false;
    if (ready[0].revents == 0) return true;
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      signal_ = static_cast<int>(info.ssi_signo);
    }
    return false;
  }

  bool await_change(milliseconds limit) {
    return await(engine_.session().workspace().change_fd(), engine_.edit_fd(), limit);
  }

  /// What has been saved since the last call.
  std::vector<std::string> new_edits() {
    engine_.heard();
    engine_.project();
    return engine_.session().workspace().take_edits();
  }

  /// The files of one edit; none after a signal or a wait in vain.
  std::vector<std::string> await_edit() {
    auto edits = new_edits();  // what was saved while probes ran
    const Deadline wait = Deadline::after(kWait);
    while (edits.empty() && signal_ == 0 && !wait.passed()) {
      await_change(kWait);
      edits = new_edits();
    }
    const Deadline longest = Deadline::after(kLongestEdit);
    while (!edits.empty() && !longest.passed() && await_change(kQuiet)) {
      for (auto& more : new_edits()) edits.push_back(std::move(more));
    }
    std::sort(edits.begin(), edits.end());
    edits.erase(std::unique(edits.begin(), edits.end()), edits.end());
    return edits;
  }

  const TestOptions options_;
  const UniqueFd signals_;
  Told told_;
  Engine engine_;
  ProjectAnswerer answerer_;
  Asker asker_;
  std::vector<Probe> probes_;
  bool smoke_ = false;
  bool complete_ = false;  ///< configuration and probes were right when last looked at
  std::map<std::size_t, Result> results_;
  std::vector<std::string> answered_by_;  ///< what answered each probe when it was last asked
  int signal_ = 0;
};

}  // namespace

int watch_tests(const TestOptions& options) {
  TestWatch watch(options);
  return watch.run();
}

}  // namespace localfn::cli
