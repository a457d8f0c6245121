#include "runtime/cli/asker.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "runtime/probes/order.h"

namespace localfn::cli {
namespace {

using namespace std::chrono_literals;
using probes::Probe;
using probes::Result;

// Between two tries where the probe names no delay of its own.
constexpr milliseconds kBetweenTries{100};

Result without_value(const Probe& probe, const std::string& name) {
  Result result;
  result.probe = probe;
  result.failures.push_back(
      {"the request", fmt::format("a value for ${{{}}}", name),
       "no probe before this one has kept it, and no variable has this name"});
  return result;
}

milliseconds wait_before(const Probe& probe, int tries) {
  if (tries == 0) return probe.pause + probe.delay;
  if (probe.retry_delay) return *probe.retry_delay;
  return probe.delay > 0ms ? probe.delay : kBetweenTries;
}

/// The chosen ones of a stage's lanes; lanes without any are left out.
probes::Stage chosen_lanes(const probes::Stage& stage, const std::set<std::size_t>& chosen) {
  probes::Stage lanes;
  for (const probes::Lane& lane : stage) {
    probes::Lane kept;
    std::copy_if(lane.begin(), lane.end(), std::back_inserter(kept),
                 [&](std::size_t index) { return chosen.contains(index); });
    if (!kept.empty()) lanes.push_back(std::move(kept));
  }
  return lanes;
}

}  // namespace

void Asker::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  stopped_.notify_all();
}

/// Waits, for the probe has asked for it.
void Asker::pause(milliseconds time) {
  if (time == 0ms) return;
  std::unique_lock lock(mutex_);
  stopped_.wait_until(lock, Clock::now() + time, [this] { return stopping_; });
}

std::map<std::size_t, Result> Asker::ask(Answerer& answerer, const std::vector<Probe>& probes,
                                         const std::set<std::size_t>& chosen) {
  std::map<std::size_t, Result> results;
  std::mutex results_mutex;
  for (const Probe& probe : probes) kept_.try_emplace(probe.file);
  const auto stages =
      probes::stages_of(probes, [&](const Probe& probe) { return answerer.answered_by(probe); });
  const auto run_lane = [&](const probes::Lane& lane) {
    for (const std::size_t index : lane) {
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
      }
      Result result = with_tries(answerer, probes[index], kept_.at(probes[index].file));
      const std::lock_guard lock(results_mutex);
      results.emplace(index, std::move(result));
    }
  };
  for (const probes::Stage& stage : stages) {
    const probes::Stage lanes = chosen_lanes(stage, chosen);
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      for (std::size_t at = next++; at < lanes.size(); at = next++) run_lane(lanes[at]);
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < std::min(options_.jobs, lanes.size()); ++i)
      threads.emplace_back(work);
    work();
    for (auto& thread : threads) thread.join();
  }
  return results;
}

Result Asker::with_tries(Answerer& answerer, const Probe& probe, probes::Values& kept) {
  probes::Values known = given_;
  for (const auto& [name, value] : kept) known.insert_or_assign(name, value);
  std::vector<std::string> missing;
  const Probe asked = probes::with_values(probe, known, missing);
  if (!missing.empty()) return without_value(probe, missing.front());
  Result result;
  for (int tries = 0; tries <= probe.retries; ++tries) {
    pause(wait_before(probe, tries));
    result = once(answerer, probe, asked);
    if (result.passed()) break;
  }
  if (result.passed()) result.failures = probes::keep_values(asked, result.response, kept);
  return result;
}

/// The result shows the probe as it is written: what ${name} stands for may be a secret.
Result Asker::once(Answerer& answerer, const Probe& written, const Probe& asked) const {
  Answered answered = answerer.ask(asked);
  Result result;
  result.probe = written;
  result.response = std::move(answered.response);
  result.function = std::move(answered.function);
  result.log = std::move(answered.log);
  if (!answered.problem.empty()) {
    result.failures.push_back({"answer", "a whole one", std::move(answered.problem)});
    return result;
  }
  result.failures = probes::check(asked, result.response);
  result.slow = written.limit && result.response.took > *written.limit;
  if (result.slow && options_.fail_slow) {
    result.failures.push_back({"time", fmt::format("at most {} ms", written.limit->count()),
                               fmt::format("{} ms", result.response.took.count() / 1000)});
  }
  return result;
}

}  // namespace localfn::cli
