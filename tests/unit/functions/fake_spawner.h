// A Spawner without processes: the test itself speaks for each instance, frame by frame.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "runtime/base/slots.h"
#include "runtime/functions/pool.h"
#include "tests/support/catch.h"
#include "tests/support/passenger.h"

namespace localfn::testing {

using namespace std::chrono_literals;

inline constexpr auto kPatience = 10s;

/// The instance's side of a channel.
class FakeInstance {
 public:
  std::uint32_t id = 0;
  UniqueFd channel, out, err;

  struct Frame {
    wire::FrameHeader header;
    std::string payload;
  };

  /// Whether it takes the host's offer of slots. If so it sends by them what it can.
  bool takes_slots = false;
  Slots slots{Slots::Side::Instance};
  UniqueFd memory;  ///< of the slots that were offered

  /// Waits for something in the slot, which was opened before; false when it came by the socket, or
  /// not in time.
  bool await_in_slot() {
    const auto until = Deadline::after(kPatience);
    while (!slots.arrived() && !until.passed()) std::this_thread::yield();
    return slots.arrived() && slots.await(0ms) == Slots::Came::Bytes;
  }

  /// The next frame of the host but Slots; fails the test when none comes.
  Frame next() {
    const auto until = Deadline::after(kPatience);
    for (;;) {
      Frame frame;
      std::string_view payload;
      if (reader_.next(frame.header, payload) == wire::FrameReader::Next::Frame) {
        if (frame.header.type == wire::FrameType::Slots) {
          memory = std::move(passenger_);
          if (takes_slots) slots.adopt(memory);
          continue;
        }
        frame.payload = payload;
        return frame;
      }
      if (!read_slot(until)) read_socket(until);
    }
  }

  Frame expect(wire::FrameType type) {
    Frame frame = next();
    if (frame.header.type != type) {
      throw std::runtime_error("frame of type " +
                               std::to_string(static_cast<int>(frame.header.type)));
    }
    return frame;
  }

  /// The number of the invocation that the host asks for.
  std::uint32_t request() { return expect(wire::FrameType::Request).header.invocation; }

  bool nothing_waits() {
    pollfd readable{channel.get(), POLLIN, 0};
    return reader_.pending() == 0 && ::poll(&readable, 1, 0) == 0;
  }

  void write(std::string_view bytes) {
    if (slots.put(bytes)) return slots.wake();
    write_to_socket(bytes);
  }
  void write_to_socket(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(channel.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      slots.sent_by_socket(static_cast<std::size_t>(n));
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  template <typename... Args>
  void say(const Args&... args) {
    std::string bytes;
    encode(bytes, args...);
    write(bytes);
  }

  void ready(std::vector<std::string> files = {}) {
    expect(wire::FrameType::Load);
    wire::ReadyFrame frame;
    frame.init_us = 2500;
    frame.loaded.files = std::move(files);
    say(frame);
  }

  static std::string answer(std::uint32_t invocation, std::string_view body) {
    std::string bytes;
    wire::HeadFrame head;
    head.status = 200;
    head.headers = {{"Content-Length", std::to_string(body.size())}};
    encode(bytes, head, invocation);
    encode_plain(bytes, wire::FrameType::Body, invocation, body);
    wire::EndFrame end;
    end.cpu_us = 700;
    end.peak_bytes = 1 << 20;
    encode(bytes, end, invocation);
    return bytes;
  }
  void reply(std::uint32_t invocation, std::string_view body = "hi") {
    write(answer(invocation, body));
  }
  void head(std::uint32_t invocation) {
    wire::HeadFrame frame;
    frame.status = 200;
    say(frame, invocation);
  }
  void body(std::uint32_t invocation, std::string_view text) {
    std::string bytes;
    encode_plain(bytes, wire::FrameType::Body, invocation, text);
    write(bytes);
  }
  void stack(std::uint32_t invocation, std::string_view text) {
    std::string bytes;
    encode_plain(bytes, wire::FrameType::Stack, invocation, text);
    write(bytes);
  }
  /// Stopped or Resumed.
  void standstill(wire::FrameType type) {
    std::string bytes;
    encode_plain(bytes, type, 0);
    write(bytes);
  }
  void end(std::uint32_t invocation, wire::EndFrame frame = {}) { say(frame, invocation); }
  void log(std::uint32_t invocation, wire::Stream stream, std::string_view text) {
    say(wire::LogFrame{stream, text}, invocation);
  }

  /// True once the host has closed or shut down the channel.
  bool sees_end() {
    const auto until = Deadline::after(kPatience);
    char byte[512];
    for (;;) {
      pollfd readable{channel.get(), POLLIN, 0};
      if (::poll(&readable, 1, until.poll_timeout()) <= 0) return false;
      if (::recv(channel.get(), byte, sizeof byte, 0) <= 0) return true;
    }
  }

 private:
  bool read_slot(Deadline until) {
    if (slots.await(until.remaining()) != Slots::Came::Bytes) return false;
    reader_.filled(slots.take(reader_.space(Slots::kCapacity)));
    return true;
  }

  void read_socket(Deadline until) {
    pollfd readable{channel.get(), POLLIN, 0};
    if (::poll(&readable, 1, until.poll_timeout()) <= 0) throw std::runtime_error("no frame");
    const auto room = slots.before_slot(reader_.space());
    const auto n = test::receive_with_passenger(channel.get(), room, passenger_);
    if (n <= 0) throw std::runtime_error("the host closed the channel");
    reader_.filled(static_cast<std::size_t>(n));
    slots.received_by_socket(static_cast<std::size_t>(n));
  }

  wire::FrameReader reader_{wire::kMaxToInstance};
  UniqueFd passenger_;
};

class FakeSpawner : public Spawner {
 public:
  SpawnedInstance spawn() override {
    if (failure) throw std::system_error(*failure, "cannot spawn");
    if (before_spawn) before_spawn();
    auto instance = std::make_shared<FakeInstance>();
    auto channel = make_socketpair(SOCK_STREAM);
    auto out = make_pipe();
    auto err = make_pipe();
    const std::lock_guard lock(mutex_);
    instance->id = ++last_;
    instance->channel = std::move(channel.second);
    instance->out = std::move(out.second);
    instance->err = std::move(err.second);
    instances_[instance->id] = instance;
    born_.push_back(instance);
    changed_.notify_all();
    return {instance->id, std::move(channel.first), std::move(out.first), std::move(err.first)};
  }

  void kill(std::uint32_t id) override {
    const std::lock_guard lock(mutex_);
    killed_.insert(id);
    exited_.try_emplace(id, SIGKILL);
    if (auto found = instances_.find(id); found != instances_.end() && found->second->channel) {
      ::shutdown(found->second->channel.get(), SHUT_RDWR);
    }
    changed_.notify_all();
  }

  bool await_exit(std::uint32_t id, Deadline deadline, int& wait_status) override {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, deadline.when(), [&] { return exited_.contains(id); })) {
      return false;
    }
    wait_status = exited_[id];
    return true;
  }

  void watch(std::shared_ptr<InstanceOutput> output) override {
    const std::lock_guard lock(mutex_);
    watched_.push_back(std::move(output));
  }

  void ask_to_read_again(std::uint32_t id) override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(id);
    changed_.notify_all();
  }

  void ask_for_stacks(std::uint32_t id) override {
    const std::lock_guard lock(mutex_);
    if (const auto found = instances_.find(id); found != instances_.end() && on_stacks) {
      on_stacks(*found->second);
    }
  }
  std::function<void(FakeInstance&)> on_stacks;

  /// The next instance that the pool has asked for.
  std::shared_ptr<FakeInstance> next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return !born_.empty(); })) {
      throw std::runtime_error("no instance was asked for");
    }
    auto instance = born_.front();
    born_.pop_front();
    return instance;
  }

  /// The process ends with this wait status; bytes it has not read stay unread.
  void die(FakeInstance& instance, int wait_status) {
    const std::lock_guard lock(mutex_);
    exited_[instance.id] = wait_status;
    instance.channel.reset();
    instance.out.reset();
    instance.err.reset();
    changed_.notify_all();
  }

  std::size_t spawned() {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  bool nobody_born() {
    const std::lock_guard lock(mutex_);
    return born_.empty();
  }
  bool killed(std::uint32_t id) {
    const std::lock_guard lock(mutex_);
    return killed_.contains(id);
  }
  bool await_killed(std::uint32_t id) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return killed_.contains(id); });
  }
  std::vector<std::uint32_t> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  bool await_asked(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return asked_.size() >= count; });
  }

  std::optional<std::error_code> failure;
  std::function<void()> before_spawn;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint32_t last_ = 0;
  std::map<std::uint32_t, std::shared_ptr<FakeInstance>> instances_;
  std::deque<std::shared_ptr<FakeInstance>> born_;
  std::set<std::uint32_t> killed_;
  std::map<std::uint32_t, int> exited_;
  std::vector<std::shared_ptr<InstanceOutput>> watched_;
  std::vector<std::uint32_t> asked_;
};

/// An answer as it arrives. Read it once the invocation is over, or through the waiting functions.
class TestSink : public ResponseSink {
 public:
  bool head(wire::HeadFrame head, std::string& why) override {
    const std::lock_guard lock(mutex_);
    why = refusal;
    if (!refusal.empty()) return false;
    head_ = std::move(head);
    held_ = true;
    return true;
  }
  bool body(std::string_view bytes) override {
    std::unique_lock lock(mutex_);
    if (gone) return false;
    changed_.wait_for(lock, kPatience, [&] { return !blocked; });
    body_ += bytes;
    held_ = true;
    changed_.notify_all();
    return true;
  }
  bool flush() override {
    const std::lock_guard lock(mutex_);
    ++flushes_;
    held_ = false;
    changed_.notify_all();
    return !gone;
  }
  bool holds() const override {
    const std::lock_guard lock(mutex_);
    return held_;
  }
  bool incomplete(bool failed) const override { return failed || lacks_bytes; }
  int client_fd() const override { return client; }

  bool await_flush() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return flushes_ > 0; });
  }
  void unblock() {
    const std::lock_guard lock(mutex_);
    blocked = false;
    changed_.notify_all();
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return body_;
  }
  int status() const {
    const std::lock_guard lock(mutex_);
    return head_.status;
  }
  int flushes() const {
    const std::lock_guard lock(mutex_);
    return flushes_;
  }

  std::string refusal;
  bool gone = false;
  bool blocked = false;
  bool lacks_bytes = false;
  int client = -1;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  wire::HeadFrame head_;
  std::string body_;
  bool held_ = false;
  int flushes_ = 0;
};

/// A pool with all that it needs, and invocations that run on threads of their own.
class Bench {
 public:
  explicit Bench(PoolOptions options = {})
      : pool(options, spawner, changes, [this](const LogLine& line) {
          const std::lock_guard lock(mutex_);
          lines_.push_back(line);
          logged_.notify_all();
        }) {
    project = make_project(0);
  }

  static std::shared_ptr<const Project> make_project(std::uint64_t environment_version) {
    auto made = std::make_shared<Project>();
    made->root = "/p";
    made->environment = {{"VERCEL", "1"}};
    made->environment_version = environment_version;
    return made;
  }

  struct Running {
    std::unique_ptr<TestSink> sink = std::make_unique<TestSink>();
    std::unique_ptr<ServedBy> served = std::make_unique<ServedBy>();
    std::future<Outcome> future;
    Outcome outcome() {
      if (future.wait_for(kPatience) != std::future_status::ready) {
        throw std::runtime_error("the invocation does not end");
      }
      return future.get();
    }
  };

  using Prepare = std::function<void(Invocation&, TestSink&)>;

  Running call(const Prepare& prepare = nullptr, std::string file = "api/a.py") {
    Running running;
    auto function = std::make_shared<Function>();
    function->file = std::move(file);
    function->variable = "handler";
    Invocation invocation{project, function, {}, Deadline::after(60s), 60s};
    invocation.request.id = "id-1";
    invocation.request.method = "GET";
    invocation.request.target = "/api/a";
    if (prepare) prepare(invocation, *running.sink);
    running.future = std::async(std::launch::async, [this, invocation, sink = running.sink.get(),
                                                     served = running.served.get()] {
      return pool.invoke(invocation, *sink, *served);
    });
    return running;
  }

  /// One instance, made, used once, and idle.
  std::shared_ptr<FakeInstance> warm(std::vector<std::string> files = {}) {
    auto running = call();
    auto instance = spawner.next();
    instance->ready(std::move(files));
    instance->reply(instance->request());
    REQUIRE(std::holds_alternative<Reply>(running.outcome()));
    return instance;
  }

  std::vector<LogLine> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  FakeSpawner spawner;
  ChangeLog changes;
  std::shared_ptr<const Project> project;

 private:
  std::mutex mutex_;
  std::condition_variable logged_;
  std::vector<LogLine> lines_;

 public:
  Pool pool;
};

template <typename T>
T get(Outcome outcome) {
  INFO("outcome is " << outcome_name(outcome));
  REQUIRE(std::holds_alternative<T>(outcome));
  return std::get<T>(std::move(outcome));
}

}  // namespace localfn::testing
