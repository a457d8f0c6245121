// The supervisor's part in learning: when a zygote gets its lesson, and what becomes of it.
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <exception>

#include "runtime/base/errors.h"
#include "runtime/functions/supervisor_state.h"

namespace localfn {
namespace {

using namespace std::chrono_literals;

constexpr auto kTendEvery = 500ms;

UniqueFd in_memory(const std::string& bytes) {
  UniqueFd file(check(::memfd_create("lesson", MFD_CLOEXEC), "make a file in memory"));
  for (std::size_t wrote = 0; wrote < bytes.size();) {
    const auto n = ::write(file.get(), bytes.data() + wrote, bytes.size() - wrote);
    if (n < 0 && errno == EINTR) continue;
    check(static_cast<int>(n), "write a file in memory");
    wrote += static_cast<std::size_t>(n);
  }
  return file;
}

}  // namespace

void Supervisor::State::learn(wire::Lesson seen, bool outdated) {
  if (!options_.preload) return;
  if (outdated) learned_.retire();
  lessons_.report(std::move(seen), outdated);
  wake();
}

/// When teach() is to be called again at the latest.
Deadline Supervisor::State::next_lesson() const {
  auto until = Deadline::after(kTendEvery);
  if (const auto due = lessons_.due(); due && said_hello_ && !learned_.learning()) {
    until = sooner(until, Deadline::at(*due));
  }
  return until;
}

void Supervisor::State::teach() {
  learned_.tend();
  if (!said_hello_ || learned_.learning()) return;
  const auto lesson = lessons_.next();
  if (!lesson) return;
  try {
    hand_out(*lesson);
  } catch (const std::exception& error) {
    note(fmt::format("cannot preload packages: {}", error.what()));
  }
}

void Supervisor::State::hand_out(const wire::Lesson& lesson) {
  const UniqueFd file = in_memory(encode(lesson));
  auto control = make_socketpair(SOCK_SEQPACKET);
  wire::ControlMessage message;
  message.type = wire::ControlType::Learn;
  {
    const std::lock_guard lock(mutex_);
    if (!control_ || broken_) return lessons_.repeat();
    if (!send(message, {control.second.get(), file.get()}, Deadline::after(0ms))) return;
  }
  const int fd = control.first.get();
  const auto number = learned_.add(std::move(control.first));
  add_to_epoll(fd, kLearned | number);
}

void Supervisor::State::read_learned(std::uint32_t number) {
  if (!hear_learned(number)) learned_ended(number);
}

/// Takes in what it has said. False when it has ended.
bool Supervisor::State::hear_learned(std::uint32_t number) {
  for (;;) {
    const int control = learned_.control(number);
    if (control < 0) return true;
    auto received = receive_control(control);
    switch (received.kind) {
      case ReceivedControl::Kind::Nothing:
        return true;
      case ReceivedControl::Kind::Message:
        handle_learned(number, received.message, std::move(received.fd));
        break;
      case ReceivedControl::Kind::Closed:
      case ReceivedControl::Kind::Malformed:
        return false;
    }
  }
}

void Supervisor::State::handle_learned(std::uint32_t number, wire::ControlMessage& message,
                                       UniqueFd fd) {
  using enum wire::ControlType;
  if (!learned_.heard(number, message, fd)) return;
  switch (message.type) {
    case Spawned:
      return handle_message(message, std::move(fd));
    case Exited:
    case SpawnFailed:
      // Unborn: nobody has read its channel.
      if (auto ends = learned_.take_unborn(message.id)) {
        return spawn_elsewhere(message.id, std::move(*ends));
      }
      return handle_message(message, std::move(fd));
    case Refused:
      return note(fmt::format("not preloaded: {}: {}", message.text, message.entry.reason));
    case Learned:
      return note(fmt::format("preloaded {} modules", message.number));
    default:
      return;
  }
}

void Supervisor::State::learned_ended(std::uint32_t number) {
  auto lost = learned_.lose(number);
  if (lost.learning && !lost.trying.empty()) lessons_.refuse(lost.trying);
  const bool retired = lost.retired;
  give_back(std::move(lost));
  if (!retired) lessons_.repeat();
}

void Supervisor::State::give_back(LearnedZygotes::Lost lost) {
  for (auto& [id, ends] : lost.unborn) spawn_elsewhere(id, std::move(ends));
  for (const auto id : lost.instances) {
    read_output(id);
    ledger.lose(id);
  }
}

/// The plain zygote has ended, and takes along those that it has forked. An instance that has not
/// said yet that it is born cannot do so from here on, and ends.
void Supervisor::State::lose_learned() {
  for (const auto number : learned_.numbers()) {
    learned_.silence(number);
    hear_learned(number);
    give_back(learned_.lose(number));
  }
}

/// Nobody has read the instance's channel, so the plain zygote's instance finds what waits there. Where
/// there is no zygote at the moment the next one is asked.
void Supervisor::State::spawn_elsewhere(std::uint32_t id, UnbornEnds ends) {
  try {
    const std::lock_guard lock(mutex_);
    if (stopping_ || !ledger.wanted(id)) return ledger.lose(id);
    const bool asked =
        control_ && !broken_ && ask_for(id, ends, Deadline::after(kSpawnLimit));
    if (!asked) unborn_[id].ends = std::move(ends);
  } catch (const std::exception& error) {
    note(fmt::format("cannot ask the zygote for an instance: {}", error.what()));
    ledger.spawn_failed(id);
  }
}

void Supervisor::State::note(const std::string& text) const {
  if (options_.debug && options_.log) {
    options_.log({"", 0, "", wire::Stream::Stderr, "zygote: " + text});
  }
}

}  // namespace localfn
