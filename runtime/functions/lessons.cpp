#include "runtime/functions/lessons.h"

namespace localfn {
namespace {

using namespace std::chrono_literals;

// Learning takes a core for some 100 ms: it is for when nobody waits for an instance.
constexpr auto kQuiet = 150ms;
// Each refusal costs one, and so does the end of a zygote. What needs more is not worth it.
constexpr unsigned kMostAttempts = 12;

}  // namespace

void Lessons::report(wire::Lesson seen, bool outdated) {
  const std::lock_guard lock(mutex_);
  bool news = outdated;
  for (const auto& name : seen.names) {
    // A package comes before what lies in it, so that a refusal of it is told as one of it.
    for (auto end = name.find('.');; end = name.find('.', end + 1)) {
      if (auto part = name.substr(0, end); names_.insert(part).second) {
        known_.names.push_back(std::move(part));
        news = true;
      }
      if (end == std::string::npos) break;
    }
  }
  if (!news) return;
  known_.root = std::move(seen.root);
  known_.environment = std::move(seen.environment);
  // Another version of a package may do what the former would not.
  if (outdated) refused_.clear();
  wanted_ = !known_.names.empty();
  attempts_ = 0;
  quiet_since_ = Clock::now();
}

void Lessons::busy() {
  const std::lock_guard lock(mutex_);
  quiet_since_ = Clock::now();
}

std::optional<Clock::time_point> Lessons::due() const {
  const std::lock_guard lock(mutex_);
  if (!wanted_) return std::nullopt;
  return quiet_since_ + kQuiet;
}

std::optional<wire::Lesson> Lessons::next() {
  const std::lock_guard lock(mutex_);
  if (!wanted_ || Clock::now() < quiet_since_ + kQuiet) return std::nullopt;
  wanted_ = false;
  if (attempts_ >= kMostAttempts) return std::nullopt;
  ++attempts_;
  wire::Lesson lesson{known_.root, known_.environment, {}};
  for (const auto& name : known_.names) {
    if (!refused(name)) lesson.names.push_back(name);
  }
  if (lesson.names.empty()) return std::nullopt;
  return lesson;
}

void Lessons::refuse(const std::string& name) {
  const std::lock_guard lock(mutex_);
  refused_.insert(name);
}

void Lessons::repeat() {
  const std::lock_guard lock(mutex_);
  wanted_ = !known_.names.empty();
}

// With the mutex held: the name itself, or a package that it lies in.
bool Lessons::refused(const std::string& name) const {
  for (auto end = name.size(); end != std::string::npos && end > 0;
       end = name.rfind('.', end - 1)) {
    if (refused_.contains(name.substr(0, end))) return true;
  }
  return false;
}

}  // namespace localfn
