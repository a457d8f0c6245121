#include "runtime/functions/learned_zygotes.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "runtime/functions/control.h"

namespace localfn {
namespace {

using namespace std::chrono_literals;

// For one module.
constexpr auto kLessonLimit = 20s;
// A fork takes milliseconds; a zygote that has not done it by then hangs.
constexpr auto kBirthLimit = 2s;

bool something_waits(int socket) {
  pollfd readable{socket, POLLIN, 0};
  return ::poll(&readable, 1, 0) > 0 && (readable.revents & POLLIN) != 0;
}

}  // namespace

bool LearnedZygotes::spawn(std::uint32_t id, UnbornEnds& ends) {
  const std::lock_guard lock(mutex_);
  for (auto& [number, zygote] : zygotes_) {
    if (!zygote.learned || zygote.retired) continue;
    wire::ControlMessage message;
    message.type = wire::ControlType::Spawn;
    message.id = id;
    try {
      send_control(zygote.control.get(), message,
                   {ends.channel.get(), ends.out.get(), ends.err.get()}, Deadline::after(0ms));
    } catch (const std::system_error&) {
      zygote.retired = true;
      continue;
    }
    zygote.instances[id] = std::move(ends);
    zygote.asked[id] = Clock::now();
    return true;
  }
  return false;
}

bool LearnedZygotes::kill(std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  for (auto& [number, zygote] : zygotes_) {
    const auto found = zygote.instances.find(id);
    if (found == zygote.instances.end()) continue;
    // Unborn or not, it is not asked for again.
    found->second.reset();
    zygote.asked.erase(id);
    wire::ControlMessage message;
    message.type = wire::ControlType::Kill;
    message.id = id;
    try {
      send_control(zygote.control.get(), message, {}, Deadline::after(0ms));
    } catch (const std::system_error&) {
      end(zygote);
    }
    return true;
  }
  return false;
}

std::uint32_t LearnedZygotes::add(UniqueFd control) {
  const std::lock_guard lock(mutex_);
  Zygote zygote;
  zygote.control = std::move(control);
  zygote.heard_at = Clock::now();
  zygotes_[++last_number_] = std::move(zygote);
  return last_number_;
}

bool LearnedZygotes::learning() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(zygotes_.begin(), zygotes_.end(),
                     [](const auto& each) { return !each.second.learned && !each.second.retired; });
}

int LearnedZygotes::control(std::uint32_t number) const {
  const std::lock_guard lock(mutex_);
  const auto found = zygotes_.find(number);
  return found == zygotes_.end() ? -1 : found->second.control.get();
}

bool LearnedZygotes::heard(std::uint32_t number, const wire::ControlMessage& message,
                           UniqueFd& fd) {
  const std::lock_guard lock(mutex_);
  const auto found = zygotes_.find(number);
  if (found == zygotes_.end()) return false;
  Zygote& zygote = found->second;
  zygote.heard_at = Clock::now();
  switch (message.type) {
    case wire::ControlType::Hello:
      zygote.pidfd = std::move(fd);
      // When the host is out of descriptors: what hangs could not be killed.
      if (!zygote.pidfd) zygote.retired = true;
      break;
    case wire::ControlType::Trying:
    case wire::ControlType::Refused:
      zygote.trying = message.text;
      break;
    case wire::ControlType::Learned:
      // Those that have learned less make way.
      for (auto& [other, older] : zygotes_) older.retired = older.retired || other != number;
      zygote.learned = true;
      break;
    case wire::ControlType::Spawned: {
      const auto instance = zygote.instances.find(message.id);
      if (instance == zygote.instances.end()) return false;
      instance->second.reset();
      zygote.asked.erase(message.id);
      break;
    }
    case wire::ControlType::SpawnFailed:
    case wire::ControlType::Exited:
      return zygote.instances.contains(message.id);
    default:
      break;
  }
  return true;
}

std::optional<UnbornEnds> LearnedZygotes::take_unborn(std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  for (auto& [number, zygote] : zygotes_) {
    const auto found = zygote.instances.find(id);
    if (found == zygote.instances.end()) continue;
    auto ends = std::move(found->second);
    zygote.instances.erase(found);
    zygote.asked.erase(id);
    return ends;
  }
  return std::nullopt;
}

LearnedZygotes::Lost LearnedZygotes::lose(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  Lost lost;
  const auto found = zygotes_.find(number);
  if (found == zygotes_.end()) return lost;
  Zygote& zygote = found->second;
  end(zygote);
  lost.learning = !zygote.learned;
  lost.retired = zygote.retired;
  lost.trying = zygote.trying;
  for (auto& [id, ends] : zygote.instances) {
    if (ends) {
      lost.unborn.emplace_back(id, std::move(*ends));
    } else {
      lost.instances.push_back(id);
    }
  }
  zygotes_.erase(found);
  return lost;
}

std::vector<std::uint32_t> LearnedZygotes::numbers() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint32_t> all;
  for (const auto& each : zygotes_) all.push_back(each.first);
  return all;
}

void LearnedZygotes::silence(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = zygotes_.find(number);
  if (found != zygotes_.end()) ::shutdown(found->second.control.get(), SHUT_RDWR);
}

void LearnedZygotes::retire() {
  const std::lock_guard lock(mutex_);
  for (auto& [number, zygote] : zygotes_) zygote.retired = true;
}

void LearnedZygotes::tend() {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  for (auto& [number, zygote] : zygotes_) {
    const bool late = !zygote.learned && now - zygote.heard_at > kLessonLimit;
    const bool hangs = std::any_of(zygote.asked.begin(), zygote.asked.end(), [&](const auto& each) {
      return now - each.second > kBirthLimit;
    });
    const bool useless = zygote.retired && zygote.instances.empty();
    // What has not been read is the host's delay: a terminal that stood still, a machine that slept.
    if (((late || hangs) && !something_waits(zygote.control.get())) || useless) end(zygote);
  }
  // One that has not even said Hello cannot be killed; without its control socket it leaves.
  std::erase_if(zygotes_, [&](const auto& each) {
    return !each.second.pidfd && now - each.second.heard_at > kLessonLimit &&
           !something_waits(each.second.control.get());
  });
}

void LearnedZygotes::release() {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, zygote] : zygotes_) {
    if (!zygote.learned) end(zygote);
  }
  zygotes_.clear();
}

/// It has no instance then, or none that could be saved.
void LearnedZygotes::end(const Zygote& zygote) {
  if (zygote.pidfd) ::syscall(SYS_pidfd_send_signal, zygote.pidfd.get(), SIGKILL, nullptr, 0);
}

}  // namespace localfn
