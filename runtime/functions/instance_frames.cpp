// The part of Instance that understands frames which belong to no waiting invocation.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/functions/instance.h"

namespace localfn {

bool Instance::foreign(const wire::FrameHeader& header, std::string_view payload,
                       std::string& why) {
  using enum wire::FrameType;
  switch (header.type) {
    case Ready:
      return became_ready(payload, why);
    case ImportFailed:
      return failed_to_import(payload, why);
    case Log:
      return log_frame(header, payload, why);
    case Head:
    case Body:
    case Streams:
    case BodyEnd:
    case Upgraded:
    case End:
      return orphan_frame(header, payload, why);
    case Stopped:
      standstill_.begin();
      return true;
    case Resumed:
      if (standstill_.end()) return true;
      why = "it said Resumed without having said Stopped";
      return false;
    case Stack:
      if (header.invocation == 0) note_import_place(payload);
      return true;  // else the answer to a question that nobody asks any more
    default:
      break;
  }
  why = fmt::format("it sent a frame of type {}", static_cast<unsigned>(header.type));
  return false;
}

void Instance::leftover(const wire::FrameHeader& header, std::string_view payload) {
  std::string ignored;
  using enum wire::FrameType;
  if (header.type == Log || header.type == BodyEnd || header.type == End ||
      header.type == Stopped || header.type == Resumed) {
    foreign(header, payload, ignored);
  }
}

bool Instance::became_ready(std::string_view payload, std::string& why) {
  wire::ReadyFrame frame;
  if (!decode(payload, frame)) {
    why = "its Ready frame is malformed";
    return false;
  }
  learn(std::move(frame.loaded));
  std::unique_lock lock(mutex_);
  if (ready_) {
    why = "it said Ready twice";
    return false;
  }
  ready_ = true;
  interface_ = frame.interface;
  init_ = microseconds(frame.init_us);
  if (ask_when_ready_ && unshared_ != 0) {
    unshared_ = 0;
    if (interface_ != wire::Interface::Asgi) spawner_.ask_to_read_again(id_);
  }
  const auto load_frame = std::exchange(load_frame_, {});
  lock.unlock();
  if (!frame.packages.empty() || frame.outdated) teach(load_frame, frame);
  return true;
}

void Instance::note_import_place(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (!ready_) import_place_ = text;
}

void Instance::teach(std::string_view load_frame, wire::ReadyFrame& ready) {
  wire::FrameReader reader(wire::kMaxToInstance);
  const auto space = reader.space(load_frame.size());
  std::copy(load_frame.begin(), load_frame.end(), space.begin());
  reader.filled(load_frame.size());
  wire::FrameHeader header;
  std::string_view payload;
  wire::LoadFrame load;
  if (reader.next(header, payload) != wire::FrameReader::Next::Frame) return;
  if (!decode(payload, load)) return;
  spawner_.learn({std::move(load.root), std::move(load.environment), std::move(ready.packages)},
                 ready.outdated);
}

bool Instance::failed_to_import(std::string_view payload, std::string& why) {
  wire::ImportFailedFrame frame;
  if (!decode(payload, frame)) {
    why = "its ImportFailed frame is malformed";
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    if (ready_) {
      why = "it said ImportFailed after Ready";
      return false;
    }
    init_ = microseconds(frame.init_us);
    import_failure_ = std::move(frame);
  }
  end(Fate::ImportFailed);
  return true;
}

// A task or a thread of the function may print after its invocation has ended, in whose name it
// still speaks.
bool Instance::log_frame(const wire::FrameHeader& header, std::string_view payload,
                         std::string& why) {
  wire::LogFrame frame;
  if (!decode(payload, frame)) {
    why = "its Log frame is malformed";
    return false;
  }
  Orphan* orphan = nullptr;
  std::unique_lock lock(mutex_);
  for (auto& candidate : orphans_) {
    if (candidate.invocation == header.invocation) orphan = &candidate;
  }
  if (orphan == nullptr) {
    lock.unlock();
    if (!log_late(header.invocation, frame)) output_->log(frame);
  } else {
    auto& lines = frame.stream == wire::Stream::Stdout ? orphan->out : orphan->err;
    output_->log(lines, orphan->id, frame);
  }
  return true;
}

void Instance::abandon(Orphan orphan) {
  const std::lock_guard lock(mutex_);
  orphans_.push_back(std::move(orphan));
}

bool Instance::has_orphans() const {
  const std::lock_guard lock(mutex_);
  return !orphans_.empty();
}

std::size_t Instance::connections() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(orphans_.begin(), orphans_.end(),
                                                [](const Orphan& o) { return o.connected; }));
}

std::size_t Instance::unfinished() const {
  const std::lock_guard lock(mutex_);
  if (gone_) return 0;
  return static_cast<std::size_t>(std::count_if(orphans_.begin(), orphans_.end(),
                                                [](const Orphan& o) {
                                                  return o.answered && !o.connected;
                                                }));
}

bool Instance::only_connections() const {
  const std::lock_guard lock(mutex_);
  return std::all_of(orphans_.begin(), orphans_.end(),
                     [](const Orphan& o) { return o.connected; });
}

// Only what has been told of, so that none is ended without a word.
bool Instance::orphan_overdue() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(orphans_.begin(), orphans_.end(),
                     [](const Orphan& o) { return o.keeps_place && o.told; });
}

void Instance::tell_overdue() {
  tell_of_orphans([&](const Orphan& orphan) {
    const bool late = orphan.keeps_place &&
                      standstill_.extended(orphan.deadline, orphan.stood_before).passed();
    if (!late) return std::string();
    return fmt::format("{}: it still runs at its maxDuration of {} s and is ended, here and on Vercel",
                       orphan.answered ? "after its answer" : "after its client has gone",
                       std::chrono::duration<double>(orphan.limit).count());
  });
}

void Instance::tell_unfinished() {
  tell_of_orphans([](const Orphan& orphan) {
    if (!orphan.answered || orphan.connected) return std::string();
    return std::string("after its answer: its process has ended before it was done");
  });
}

// The LogSink is called without the lock.
template <typename Say>
void Instance::tell_of_orphans(const Say& say) {
  std::vector<std::pair<std::string, std::string>> told;
  {
    const std::lock_guard lock(mutex_);
    for (Orphan& orphan : orphans_) {
      if (orphan.told) continue;
      std::string text = say(orphan);
      if (text.empty()) continue;
      orphan.told = true;
      told.emplace_back(orphan.id, std::move(text));
    }
  }
  for (const auto& [id, text] : told) say_of(id, text);
}

/// A line of ours in the name of an invocation.
void Instance::say_of(const std::string& id, const std::string& text) {
  LineBuffer line;
  const std::string whole = text + "\n";
  output_->log(line, id, {wire::Stream::Stderr, whole});
}

std::size_t Instance::orphans_in_place() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(orphans_.begin(), orphans_.end(),
                                                [](const Orphan& o) { return o.keeps_place; }));
}

std::size_t Instance::take_ended_orphans() {
  const std::lock_guard lock(mutex_);
  return std::exchange(ended_orphans_, 0);
}

bool Instance::orphan_frame(const wire::FrameHeader& header, std::string_view payload,
                            std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    const bool known = std::any_of(orphans_.begin(), orphans_.end(), [&](const Orphan& o) {
      return o.invocation == header.invocation;
    });
    if (!known) {
      why = fmt::format("it sent a frame of type {} for invocation {}, which is not running in it",
                        static_cast<unsigned>(header.type), header.invocation);
      return false;
    }
  }
  if (header.type == wire::FrameType::BodyEnd) return orphan_body_end(payload, why);
  if (header.type != wire::FrameType::End) return true;
  wire::EndFrame frame;
  if (!decode(payload, frame)) {
    why = "its End frame is malformed";
    return false;
  }
  learn(std::move(frame.loaded));
  end_orphan(header.invocation, frame.failure);
  return true;
}

bool Instance::orphan_body_end(std::string_view payload, std::string& why) {
  wire::BodyEndFrame frame;
  if (!decode(payload, frame)) {
    why = "its BodyEnd frame is malformed";
    return false;
  }
  learn(std::move(frame.loaded));
  return true;
}

// An answer of 500 was mostly sent because of what is raised now: frameworks answer first.
std::string Instance::place_of_failure(const Orphan& orphan) const {
  if (orphan.connected) return "in its WebSocket";
  if (orphan.status < kFailureStatus) return "after its answer";
  return fmt::format("{} answered {}", function_, orphan.status);
}

// Remembered as ended before it is forgotten as an orphan: what it says meanwhile finds one or the
// other.
void Instance::end_orphan(std::uint32_t invocation, const wire::Failure& failure) {
  finish(invocation);
  std::optional<Orphan> ended;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(orphans_.begin(), orphans_.end(),
                                    [&](const Orphan& o) { return o.invocation == invocation; });
    if (found == orphans_.end()) return;
    ended = std::move(*found);
    orphans_.erase(found);
    if (ended->keeps_place) ++ended_orphans_;
  }
  // Nobody is left to report it: the access line has been written.
  output_->flush(ended->out, ended->id, wire::Stream::Stdout);
  output_->flush(ended->err, ended->id, wire::Stream::Stderr);
  if (ended->answered && !failure.error.empty()) {
    const auto& text = failure.traceback.empty() ? failure.error : failure.traceback;
    say_of(ended->id, place_of_failure(*ended) + ": " + text);
  }
}

}  // namespace localfn
