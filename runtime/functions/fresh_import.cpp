#include "runtime/functions/fresh_import.h"

#include <exception>
#include <string>
#include <utility>

#include "runtime/functions/channel.h"

namespace localfn {
namespace {

using namespace std::chrono_literals;

// The end of a process that has been killed, or has closed its channel, is known soon.
constexpr auto kExitGrace = 2s;
// The one invocation number of its mailbox; no request is ever sent under it.
constexpr std::uint32_t kNobody = 1;

std::string load_frame(const Project& project, const std::shared_ptr<const Function>& function) {
  wire::LoadFrame frame;
  frame.root = project.root.string();
  frame.file = function->file;
  frame.variable = function->variable;
  frame.environment = project.environment;
  frame.environment.emplace_back("VERCEL_URL", "localhost:3000");
  const auto& app = project.framework;
  if (app && app->function == function) {
    frame.framework = app->slug;
    frame.folder = app->folder;
  }
  std::string bytes;
  encode(bytes, frame);
  return bytes;
}

/// The instance, ended at the latest with this.
class Fresh {
 public:
  Fresh(Spawner& spawner, std::string title) : spawner_(spawner) {
    SpawnedInstance spawned = spawner_.spawn();
    id_ = spawned.id;
    channel_ = std::make_unique<Channel>(std::move(spawned.channel));
    output_ = std::make_shared<InstanceOutput>(std::move(title), id_, std::move(spawned.out),
                                               std::move(spawned.err), [](const LogLine&) {});
    spawner_.watch(output_);
  }
  ~Fresh() {
    if (!ended_) spawner_.kill(id_);
  }
  Fresh(const Fresh&) = delete;
  Fresh& operator=(const Fresh&) = delete;

  std::optional<Outcome> import(std::string_view frame, milliseconds limit) {
    const Deadline deadline = Deadline::after(limit);
    Channel::Mailbox mailbox(*channel_, kNobody);
    auto sent = Channel::Sent::Frames;
    while (sent == Channel::Sent::Frames) {
      sent = channel_->send(mailbox, frame, deadline);
      if (sent == Channel::Sent::Frames) receive(mailbox, deadline);
      if (answered_) return outcome_;
    }
    if (sent == Channel::Sent::TimedOut) return TimedOut{limit, true, false, {}};
    while (!answered_) {
      switch (receive(mailbox, deadline)) {
        case Channel::Got::Frames:
          break;
        case Channel::Got::TimedOut:
          return TimedOut{limit, true, false, {}};
        default:
          return autopsy();
      }
    }
    return outcome_;
  }

 private:
  Channel::Got receive(Channel::Mailbox& mailbox, Deadline deadline) {
    Batch batch;
    const auto got = channel_->receive(mailbox, batch, deadline, -1);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto type = batch.header(i).type;
      if (type == wire::FrameType::Ready) answered_ = true;
      wire::ImportFailedFrame failed;
      if (type != wire::FrameType::ImportFailed || !decode(batch.payload(i), failed)) continue;
      answered_ = true;
      outcome_ = ImportFailed{std::move(failed.failure), failed.exit_code};
    }
    return got;
  }

  Outcome autopsy() {
    Died died;
    died.importing = true;
    died.known = spawner_.await_exit(id_, Deadline::after(kExitGrace), died.wait_status);
    ended_ = died.known;
    output_->finish();
    died.last_stderr = output_->last_stderr();
    return died;
  }

  Spawner& spawner_;
  std::uint32_t id_ = 0;
  std::unique_ptr<Channel> channel_;
  std::shared_ptr<InstanceOutput> output_;
  bool answered_ = false;
  bool ended_ = false;
  std::optional<Outcome> outcome_;
};

}  // namespace

std::optional<Outcome> import_afresh(Spawner& spawner, const Project& project,
                                     const std::shared_ptr<const Function>& function,
                                     milliseconds limit) {
  try {
    return Fresh(spawner, function->file).import(load_frame(project, function), limit);
  } catch (const std::exception& error) {
    Died died;
    died.importing = true;
    died.reason = "cannot start an instance of " + function->file + ": " + error.what();
    return died;
  }
}

}  // namespace localfn
