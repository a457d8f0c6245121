#include "runtime/functions/scan_board.h"

#include <fmt/format.h>

#include <exception>

namespace localfn {

std::vector<wire::Entry> ScanBoard::run(wire::ControlType question,
                                        const std::vector<std::string>& paths, const Send& send,
                                        Deadline deadline) {
  std::unique_lock lock(mutex_);
  Run run;
  run.question = question;
  run.entries.resize(paths.size());
  for (std::size_t i = paths.size(); i > 0; --i) run.to_ask.push_back(i - 1);
  const std::string failure = ask_all(lock, run, paths, send, deadline);
  take_back(run);
  for (const std::size_t index : run.to_ask) {
    run.entries[index] = {};
    run.entries[index].unreadable = true;
    run.entries[index].reason = failure;
  }
  return std::move(run.entries);
}

/// Returns why it gave up; empty when everything is answered.
std::string ScanBoard::ask_all(std::unique_lock<std::mutex>& lock, Run& run,
                               const std::vector<std::string>& paths, const Send& send,
                               Deadline deadline) {
  bool asked_again = false;
  while (run.asked > 0 || !run.to_ask.empty()) {
    if (std::exchange(run.lost, false)) {
      if (asked_again) return "cannot parse the file: the zygote died twice over it";
      asked_again = true;
    }
    if (deadline.passed()) return "cannot parse the file: the zygote does not answer";
    if (!run.to_ask.empty() && run.asked < kWindow) {
      if (auto failure = ask_next(lock, run, paths, send, deadline); !failure.empty()) {
        return failure;
      }
      continue;
    }
    run.changed.wait_until(lock, deadline.when());
  }
  return {};
}

std::string ScanBoard::ask_next(std::unique_lock<std::mutex>& lock, Run& run,
                                const std::vector<std::string>& paths, const Send& send,
                                Deadline deadline) {
  const std::size_t index = run.to_ask.back();
  wire::ControlMessage question;
  question.type = run.question;
  question.id = ++last_id_;
  question.text = paths[index];
  // On the board before it is sent: the answer may be faster than the way back from send().
  run.to_ask.pop_back();
  questions_[question.id] = {&run, index};
  ++run.asked;
  lock.unlock();
  std::string failure;
  try {
    send(question, deadline);
  } catch (const std::exception& error) {
    failure = fmt::format("cannot parse the file: {}", error.what());
  }
  lock.lock();
  return failure;
}

void ScanBoard::answered(std::uint32_t id, wire::Entry entry) {
  const std::lock_guard lock(mutex_);
  const auto found = questions_.find(id);
  if (found == questions_.end()) return;
  const auto [run, index] = found->second;
  questions_.erase(found);
  run->entries[index] = std::move(entry);
  --run->asked;
  run->changed.notify_one();
}

void ScanBoard::lost() {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, question] : questions_) {
    question.run->lost = true;
    question.run->to_ask.push_back(question.index);
    --question.run->asked;
    question.run->changed.notify_one();
  }
  questions_.clear();
}

void ScanBoard::take_back(Run& run) {
  std::erase_if(questions_, [&](const auto& each) {
    if (each.second.run != &run) return false;
    run.to_ask.push_back(each.second.index);
    return true;
  });
}

}  // namespace localfn
