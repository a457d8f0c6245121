#include "runtime/functions/call.h"

#include <fmt/format.h>

#include <utility>

namespace localfn {
namespace {

using namespace std::chrono_literals;

// Other threads may condemn the instance or give it a time to be killed: nobody waits longer than
// this without looking.
constexpr milliseconds kGlance = 1000ms;
// The same while news of body bytes could not be sent: the instance waits for it.
constexpr milliseconds kOwedGlance = 10ms;
// How long a 504 may wait for the news where the function was. It comes within a millisecond unless
// C code keeps the interpreter or the machine has no time for the instance.
constexpr auto kStackWait = 1000ms;

}  // namespace

Call::Call(const Invocation& invocation, Instance& instance, ResponseSink& sink, bool shared)
    : invocation_(invocation),
      instance_(instance),
      sink_(sink),
      // A thread that runs a WebSocket is away for long: another one reads the channel.
      shared_(shared || invocation.upgrade),
      number_(instance.begin(invocation.request.id, shared_)),
      stood_before_(instance.standstill().total()),
      mailbox_(instance.channel(), number_) {}

Outcome Call::run() {
  std::string request;
  const UniqueFd memory = offer_slots(request);
  encode(request, invocation_.request, number_, shared_, invocation_.upgrade);
  send(request, invocation_.upgrade ? sink_.client_fd() : memory.get());
  while (!outcome_) await();
  finish_output();
  return std::move(*outcome_);
}

// Not with an instance's first request, which is to be answered soon, and may be its only one. An event
// loop has no use for them, and whoever has not said what it is may be one.
UniqueFd Call::offer_slots(std::string& request) {
  auto& channel = instance_.channel();
  if (number_ == 1 || shared_ || channel.slots_offered()) return {};
  const auto interface = instance_.interface();
  if (!interface || *interface == wire::Interface::Asgi) return {};
  return channel.offer_slots(request);
}

void Call::send(std::string_view bytes, int passenger) {
  while (!outcome_) {
    switch (instance_.channel().send(mailbox_, bytes, next_look(), &passenger)) {
      case Channel::Sent::Whole:
        return;
      case Channel::Sent::Closed:
        unsent_ = true;
        return;
      case Channel::Sent::TimedOut:
        check_time();
        break;
      case Channel::Sent::Frames:
        instance_.channel().receive(mailbox_, batch_, Deadline::after(0ms), -1);
        process(batch_);
        check_time();
        break;
    }
  }
}

void Call::await() {
  const auto soon = leave_at_ ? leave_at_ : hold_until_;
  const auto until = soon ? sooner(*soon, deadline()) : next_look();
  const bool served = sink_.whole() && !sink_.holds();
  const int client = soon || served ? -1 : sink_.client_fd();
  switch (instance_.channel().receive(mailbox_, batch_, until, client)) {
    case Channel::Got::Frames:
      process(batch_);
      break;
    case Channel::Got::TimedOut:
      break;
    case Channel::Got::ClientGone:
      client_gone();
      break;
    case Channel::Got::Closed:
      closed();
      break;
    case Channel::Got::Malformed:
      broke_protocol("it sent bytes that are no frame");
      break;
  }
  if (outcome_) return;
  if (whole_) {
    answer_is_whole();
  } else {
    tell_taken();
    flush_if_due();
  }
  if (!outcome_) check_time();
}

// An answer in several pieces that come together leaves in one; what comes later does not hold
// back what is there. With its last byte a client may ask again at once, and should find this
// instance free: that byte waits a little longer for the End.
void Call::flush_if_due() {
  const bool whole = !streams_ && sink_.whole();
  if (!sink_.holds()) {
    hold_until_.reset();
  } else if (!hold_until_ || (whole && !holds_whole_)) {
    hold_until_ = Deadline::after(whole ? kBeforeEnd : kBatching);
    holds_whole_ = whole;
  } else if (hold_until_->passed()) {
    hold_until_.reset();
    if (!sink_.flush()) client_gone();
  }
}

void Call::process(const Batch& batch) {
  for (std::size_t i = 0; i < batch.size(); ++i) frame(batch.header(i), batch.payload(i));
}

void Call::frame(const wire::FrameHeader& header, std::string_view payload) {
  if (abandoned_) return instance_.leftover(header, payload);
  if (header.invocation == number_) return own_frame(header, payload);
  std::string why;
  if (!instance_.foreign(header, payload, why)) broke_protocol(why);
}

void Call::own_frame(const wire::FrameHeader& header, std::string_view payload) {
  heard_ = true;
  // It answers a question of ours, and may cross the end of what it tells of.
  if (header.type == wire::FrameType::Stack) {
    stack_ = payload;
    return;
  }
  using enum wire::FrameType;
  // Its tasks and threads may outlive it.
  if (ended_ && header.type != Log) {
    return broke_protocol("it went on after the End of an invocation");
  }
  switch (header.type) {
    case Head:
      return head(payload);
    case Body:
      return body(payload);
    case End:
      return end(payload);
    case Log:
      return log(payload);
    case Streams:
      streams_ = true;
      return sink_.streams();
    case BodyEnd:
      return body_end(payload);
    case Upgraded:
      return upgraded();
    default:
      break;
  }
  broke_protocol(fmt::format("it sent a frame of type {} for an invocation",
                             static_cast<unsigned>(header.type)));
}

void Call::head(std::string_view payload) {
  wire::HeadFrame frame;
  if (!decode(payload, frame)) return broke_protocol("its Head frame is malformed");
  if (head_) return broke_protocol("it sent a second Head");
  if (frame.status < 100 || frame.status > 999) {
    return broke_protocol(fmt::format("its Head has status {}", frame.status));
  }
  head_ = true;
  status_ = frame.status;
  if (outcome_) return;
  if (!sink_.head(std::move(frame), refusal_) && refusal_.empty()) {
    refusal_ = "its head cannot be sent";
  }
}

void Call::body(std::string_view payload) {
  if (!head_) return broke_protocol("it sent Body before Head");
  if (whole_) return broke_protocol("it sent Body after the end of the answer");
  taken_ += static_cast<std::uint32_t>(payload.size());
  if (!refusal_.empty() || outcome_) return;
  if (!sink_.body(payload)) client_gone();
}

void Call::body_end(std::string_view payload) {
  wire::BodyEndFrame frame;
  if (!decode(payload, frame)) return broke_protocol("its BodyEnd frame is malformed");
  if (!head_ || whole_) return broke_protocol("it sent the end of an answer that has not begun");
  instance_.learn(std::move(frame.loaded));
  whole_ = true;
}

// The client need not wait for what the function does after its answer, nor need its connection.
void Call::answer_is_whole() {
  if (!leave_at_) {
    hold_until_.reset();
    if (refusal_.empty()) sink_.complete();
    leave_at_ = Deadline::after(status_ >= kFailureStatus ? kAfterFailure : kAfterAnswer);
  } else if (leave_at_->passed()) {
    leave_behind();
  }
}

void Call::leave_behind() {
  wire::EndFrame so_far;
  so_far.streamed = streams_;
  outcome_ = ended_with(so_far);
  abandon(true);
}

// That ends the request: what its function does from here on has neither deadline nor place.
void Call::upgraded() {
  if (!invocation_.upgrade || head_) {
    return broke_protocol("it took a connection that was not its own");
  }
  if (outcome_) return;
  upgraded_ = whole_ = true;
  sink_.upgraded();
  outcome_ = Reply{true, false, {}, true};
  abandon(false);
}

// Only an event loop reads its channel at all times. What cannot be sent at once is owed.
void Call::tell_taken() {
  if (!owes_news()) return;
  std::string news;
  encode(news, wire::TakenFrame{taken_}, number_);
  if (instance_.channel().try_send(news)) taken_ = 0;
}

bool Call::owes_news() const {
  return taken_ >= wire::kTakenStep && instance_.interface() == wire::Interface::Asgi;
}

void Call::log(std::string_view payload) {
  wire::LogFrame frame;
  if (!decode(payload, frame)) return broke_protocol("its Log frame is malformed");
  auto& lines = frame.stream == wire::Stream::Stdout ? out_ : err_;
  instance_.output().log(lines, invocation_.request.id, frame);
}

void Call::end(std::string_view payload) {
  wire::EndFrame frame;
  if (!decode(payload, frame)) return broke_protocol("its End frame is malformed");
  const bool finished = frame.result == wire::Result::Complete;
  if (finished && !head_) return broke_protocol("it sent End without Head");
  if (frame.result == wire::Result::NoResponse && head_) {
    return broke_protocol("it sent a Head and then said that there was no response");
  }
  ended_ = true;
  instance_.learn(std::move(frame.loaded));
  if (!outcome_) outcome_ = ended_with(frame);
  end_ = std::move(frame);
}

Outcome Call::ended_with(wire::EndFrame& frame) {
  if (!refusal_.empty()) return NoResponse{refusal_};
  const bool failed = frame.result != wire::Result::Complete;
  auto& failure = frame.failure;
  if (!failed) {
    failure = {};
  } else if (failure.error.empty()) {
    failure.error = frame.result == wire::Result::Raised ? "an exception without a text"
                                                         : "it returned without sending a response";
  }
  if (head_) {
    const bool broken = !whole_ && (frame.cut || sink_.incomplete(failed));
    return Reply{frame.streamed, broken, failure, whole_, status_};
  }
  if (frame.result == wire::Result::Raised) return HandlerRaised{failure};
  return NoResponse{failure.error};
}

// What stands still in a debugger is not late.
Deadline Call::deadline() const {
  return instance_.standstill().extended(invocation_.deadline, stood_before_);
}

Deadline Call::next_look() const {
  const auto glance = owes_news() ? kOwedGlance : kGlance;
  auto look = sooner(deadline(), Deadline::after(glance));
  if (instance_.importing()) look = sooner(look, instance_.import_deadline());
  if (const auto kill_at = instance_.kill_at()) look = sooner(look, Deadline::at(*kill_at));
  return look;
}

void Call::check_time() {
  if (outcome_) return;
  const bool importing = instance_.importing();
  if (deadline().passed()) return timed_out(invocation_.limit, importing);
  if (importing && instance_.import_deadline().passed()) {
    return timed_out(instance_.import_limit(), true);
  }
  const auto kill_at = instance_.kill_at();
  if (kill_at && Clock::now() >= *kill_at) instance_.end(Fate::TimedOut);
}

void Call::timed_out(milliseconds limit, bool importing) {
  outcome_ = TimedOut{limit, importing, head_, {}};
  if (importing) {
    std::get<TimedOut>(*outcome_).stack = learn_import_place();
    // Whoever shares this import waits for the same thing.
    instance_.end(Fate::ImportTimedOut);
    return;
  }
  std::get<TimedOut>(*outcome_).stack = learn_stack();
  if (!ended_) abandon(false);
}

// Where the function is; empty when it does not say so in time, as in C code that keeps the GIL.
std::string Call::learn_stack() {
  instance_.ask_for_stacks();
  const auto until = Deadline::after(kStackWait);
  while (stack_.empty() && !ended_ && !until.passed()) {
    if (instance_.channel().receive(mailbox_, batch_, until, -1) != Channel::Got::Frames) break;
    process(batch_);
  }
  return stack_;
}

std::string Call::learn_import_place() {
  instance_.ask_for_import();
  const auto until = Deadline::after(kStackWait);
  while (instance_.import_place().empty() && instance_.importing() && !until.passed()) {
    if (instance_.channel().receive(mailbox_, batch_, until, -1) != Channel::Got::Frames) break;
    process(batch_);
  }
  return instance_.import_place();
}

void Call::client_gone() {
  if (outcome_) return;
  outcome_ = ClientGone{};
  std::string cancel;
  wire::encode_plain(cancel, wire::FrameType::Cancel, number_);
  // When the instance reads nothing at the moment it has no use for the news.
  if (!unsent_) instance_.channel().try_send(cancel);
  abandon(true);
}

// First the orphan, then the mailbox: whoever reads the next frame finds one or the other.
void Call::abandon(bool keeps_place) {
  instance_.abandon({.invocation = number_,
                     .id = std::string(invocation_.request.id),
                     .deadline = invocation_.deadline,
                     .stood_before = stood_before_,
                     .keeps_place = keeps_place,
                     .answered = whole_,
                     .connected = upgraded_,
                     .status = status_,
                     .limit = invocation_.limit,
                     .out = std::move(out_),
                     .err = std::move(err_)});
  abandoned_ = true;
  keeps_place_ = keeps_place;
  Batch rest;
  close_mailbox(rest);
}

void Call::closed() {
  if (outcome_) return;
  const Fate fate = instance_.fate();
  if (fate == Fate::ImportFailed) {
    auto frame = instance_.import_failure();
    outcome_ = ImportFailed{std::move(frame.failure), frame.exit_code};
    return;
  }
  if (fate == Fate::ImportTimedOut) {
    outcome_ = TimedOut{instance_.import_limit(), true, head_, instance_.import_place()};
    return;
  }
  const bool ended_alone = fate == Fate::Serving || fate == Fate::Retired || fate == Fate::Died;
  never_seen_ = ended_alone && !heard_ && (unsent_ || instance_.channel().closed_unread());
  Died died = instance_.autopsy();
  died.head_sent = head_;
  outcome_ = std::move(died);
}

void Call::broke_protocol(const std::string& what) {
  const auto reason = fmt::format("{} broke the protocol: {}", instance_.title(), what);
  instance_.end(Fate::BrokeProtocol, reason);
  if (outcome_) return;
  Died died = instance_.autopsy();
  died.head_sent = head_;
  outcome_ = std::move(died);
}

void Call::finish_output() {
  if (abandoned_) {
    instance_.output().drain();
    return;
  }
  instance_.output().flush(out_, invocation_.request.id, wire::Stream::Stdout);
  instance_.output().flush(err_, invocation_.request.id, wire::Stream::Stderr);
  instance_.finish(number_);
  close_mailbox(batch_);
}

// Frames for it are the instance's from here on, also those that had arrived.
void Call::close_mailbox(Batch& rest) {
  instance_.channel().close(mailbox_, rest);
  for (std::size_t i = 0; i < rest.size(); ++i) instance_.leftover(rest.header(i), rest.payload(i));
}

}  // namespace localfn
