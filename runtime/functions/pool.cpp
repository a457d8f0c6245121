#include "runtime/functions/pool.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

#include "runtime/functions/call.h"
#include "runtime/functions/pool_state.h"

namespace localfn {
namespace {

// Out of descriptors, memory or processes: the machine is busy, the function is not broken.
bool is_shortage(const std::error_code& code) {
  for (const int number : {EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN}) {
    if (code == std::error_code(number, std::generic_category())) return true;
  }
  return false;
}

/// What the request's frame will hold: its strings and their length prefixes.
std::size_t frame_size(const wire::RequestFrame& request) {
  std::size_t size = 0;
  for (const auto part : {request.id, request.method, request.target, request.request_line,
                          request.version, request.headers, request.body}) {
    size += sizeof(std::uint32_t) + part.size();
  }
  return size;
}

}  // namespace

Pool::Pool(PoolOptions options, Spawner& spawner, const ChangeLog& changes, LogSink log)
    : state_(std::make_unique<State>(std::move(options), spawner, changes, std::move(log))) {}
Pool::~Pool() { drain(Deadline::after(milliseconds(0))); }

Outcome Pool::invoke(const Invocation& invocation, ResponseSink& sink, ServedBy& served_by) {
  return state_->invoke(invocation, sink, served_by);
}
Clock::time_point Pool::tend(const Project& project) { return state_->tend(project); }
std::vector<std::string> Pool::take_restarted() { return state_->take_restarted(); }
void Pool::renew(const std::vector<std::string>& functions) { state_->renew(functions); }
bool Pool::await_unfinished(Deadline deadline) { return state_->await_unfinished(deadline); }
std::size_t Pool::unfinished() const { return state_->unfinished(); }
void Pool::listen() { state_->listen(); }
void Pool::drain(Deadline deadline) { state_->drain(deadline); }
std::size_t Pool::instance_count() const { return state_->instance_count(); }
std::size_t Pool::in_flight() const { return state_->in_flight(); }

Pool::State::State(PoolOptions options, Spawner& spawner, const ChangeLog& changes, LogSink log)
    : options_(std::move(options)), spawner_(spawner), changes_(changes), log_(std::move(log)) {}

Outcome Pool::State::invoke(const Invocation& invocation, ResponseSink& sink, ServedBy& served_by) {
  if (frame_size(invocation.request) > wire::kMaxToInstance) {
    return TooLarge{wire::kMaxToInstance};
  }
  // An idle instance may have died unnoticed, and all of them may: each attempt removes one.
  for (std::size_t attempt = 0;; ++attempt) {
    Lease lease;
    served_by = ServedBy{};
    if (auto refused = acquire(invocation, lease)) return std::move(*refused);
    Outcome outcome = serve(invocation, lease, sink, served_by);
    const bool again = lease.never_seen && attempt <= options_.max_instances;
    if (!again) return outcome;
  }
}

FunctionGroup& Pool::State::group(const std::string& function) {
  auto& place = groups_[function];
  if (!place) {
    place = std::make_unique<FunctionGroup>(function, options_, spawner_, changes_, leaving_);
  }
  return *place;
}

std::optional<Outcome> Pool::State::acquire(const Invocation& invocation, Lease& lease) {
  std::unique_lock lock(mutex_);
  if (closed_) return Overloaded{"the server is stopping"};
  FunctionGroup& mine = group(invocation.function->file);
  FunctionGroup::Waiter waiter;
  waiter.invocation = &invocation;
  ++active_;
  if (!mine.admit(waiter)) {
    const auto until = sooner(invocation.deadline, Deadline::after(options_.queue_limit));
    waiter.woken.wait_until(lock, until.when(), [&] { return waiter.lease || waiter.refused; });
  }
  if (waiter.lease) {
    lease = std::move(*waiter.lease);
    return std::nullopt;
  }
  if (!waiter.refused) mine.withdraw(waiter);
  leave();
  if (waiter.refused) return std::move(waiter.refused);
  if (invocation.deadline.passed()) return TimedOut{invocation.limit, false, false, {}};
  return Overloaded{fmt::format(
      "all {} instances of {} were full ({} invocations each) for {} ms; --max-instances allows "
      "more",
      options_.max_instances, mine.function(), options_.max_shared, options_.queue_limit.count())};
}

/// One thread less inside invoke(). With the mutex held.
void Pool::State::leave() {
  if (--active_ == 0) quiet_.notify_all();
}

Outcome Pool::State::serve(const Invocation& invocation, Lease& lease, ResponseSink& sink,
                           ServedBy& served_by) {
  if (lease.cold) {
    if (auto failed = spawn(invocation, lease)) return std::move(*failed);
  }
  Instance& instance = *lease.instance;
  Call call(invocation, instance, sink, lease.shared);
  // Somebody joined before there was an invocation that could have been announced as shared.
  if (!lease.shared && instance.standing.overlaps != lease.overlaps) instance.prepare_to_share();
  Outcome outcome = call.run();
  const bool kept = call.keeps_place();
  served_by.instance = instance.id();
  served_by.cold = lease.cold;
  if (lease.cold) served_by.init = instance.init();

  const std::lock_guard lock(mutex_);
  served_by.shared = lease.shared || instance.standing.overlaps != lease.overlaps;
  // What an instance may have begun is never run again: what lies unread may be another's request.
  // A new one had nothing else to do.
  lease.never_seen = call.never_seen() && !lease.cold && !served_by.shared;
  if (!served_by.shared) {
    served_by.cpu = call.cpu();
    served_by.peak_bytes = call.peak_bytes();
  }
  group(instance.function()).release(lease, outcome, kept);
  leave();
  return outcome;
}

std::optional<Outcome> Pool::State::spawn(const Invocation& invocation, const Lease& lease) {
  Outcome failure;
  try {
    lease.instance->adopt(spawner_.spawn(), log_);
    lease.instance->load(load_frame(invocation));
    const std::lock_guard lock(mutex_);
    group(lease.instance->function()).serve_waiters();
    return std::nullopt;
  } catch (const std::system_error& error) {
    Died died;
    died.reason =
        fmt::format("cannot start an instance of {}: {}", lease.instance->function(), error.what());
    failure = is_shortage(error.code()) ? Outcome(Overloaded{died.reason}) : Outcome(died);
  } catch (const std::exception& error) {
    Died died;
    died.reason =
        fmt::format("cannot start an instance of {}: {}", lease.instance->function(), error.what());
    failure = died;
  }
  const std::lock_guard lock(mutex_);
  group(lease.instance->function()).spawn_failed(lease);
  leave();
  return failure;
}

std::string Pool::State::load_frame(const Invocation& invocation) const {
  wire::LoadFrame frame;
  frame.root = invocation.project->root.string();
  frame.file = invocation.function->file;
  frame.variable = invocation.function->variable;
  frame.environment = invocation.project->environment;
  const auto& app = invocation.project->framework;
  if (app && app->function == invocation.function) {
    frame.framework = app->slug;
    frame.folder = app->folder;
  }
  if (!options_.vercel_url.empty()) {
    frame.environment.emplace_back("VERCEL_URL", options_.vercel_url);
  }
  frame.port = options_.port;
  frame.plain_path = options_.plain_path;
  frame.fresh_threads = options_.fresh_threads;
  frame.debug = options_.debug;
  frame.terminal = options_.terminal;
  frame.post_mortem = options_.post_mortem;
  frame.debugpy = options_.debugpy;
  std::string bytes;
  encode(bytes, frame);
  return bytes;
}

std::size_t Pool::State::in_flight() const {
  const std::lock_guard lock(mutex_);
  return active_;
}

}  // namespace localfn
