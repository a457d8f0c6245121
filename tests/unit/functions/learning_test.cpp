// What the host remembers of lessons, and of zygotes that have learned: no processes, no Python.
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "runtime/base/errors.h"
#include "runtime/functions/control.h"
#include "runtime/functions/learned_zygotes.h"
#include "runtime/functions/lessons.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

/// Once it is due; fails the test when it never is.
wire::Lesson next_of(Lessons& lessons) {
  const auto deadline = Deadline::after(10s);
  while (!deadline.passed()) {
    if (auto lesson = lessons.next()) return *lesson;
    std::this_thread::yield();
  }
  throw std::runtime_error("no lesson");
}

UnbornEnds some_ends() {
  auto one = make_pipe();
  auto other = make_pipe();
  return {std::move(one.first), std::move(one.second), std::move(other.first)};
}

/// The zygote's side of a control socket.
struct FakeLearned {
  explicit FakeLearned(LearnedZygotes& of) : zygotes(of) {
    auto ends = make_socketpair(SOCK_SEQPACKET);
    control = std::move(ends.second);
    number = of.add(std::move(ends.first));
  }
  bool says(wire::ControlType type, std::uint32_t id = 0, const std::string& text = {}) {
    wire::ControlMessage message;
    message.type = type;
    message.id = id;
    message.text = text;
    UniqueFd none;
    return zygotes.heard(number, message, none);
  }
  bool was_asked() { return receive_control(control.get()).kind == ReceivedControl::Kind::Message; }

  LearnedZygotes& zygotes;
  UniqueFd control;
  std::uint32_t number = 0;
};

}  // namespace

TEST_CASE("a lesson names packages before what lies in them, and each once", "[lessons]") {
  Lessons lessons;
  CHECK_FALSE(lessons.due());
  lessons.report({"/p", {{"A", "1"}}, {"a.b.c", "x"}}, false);
  CHECK(lessons.due());
  const auto lesson = next_of(lessons);
  CHECK(lesson.root == "/p");
  CHECK(lesson.environment.size() == 1);
  CHECK(lesson.names == Names{"a", "a.b", "a.b.c", "x"});
  CHECK_FALSE(lessons.due());
  lessons.report({"/p", {}, {"x", "a"}}, false);
  CHECK_FALSE(lessons.due());
  lessons.report({"/p", {}, {"y"}}, false);
  CHECK(next_of(lessons).names == Names{"a", "a.b", "a.b.c", "x", "y"});
}

TEST_CASE("a refused module is left out with those below it until files change", "[lessons]") {
  Lessons lessons;
  lessons.report({"/p", {}, {"a.b", "ab"}}, false);
  next_of(lessons);
  lessons.refuse("a");
  lessons.repeat();
  CHECK(next_of(lessons).names == Names{"ab"});
  lessons.report({"/p", {}, {}}, true);
  CHECK(next_of(lessons).names == Names{"a", "a.b", "ab"});
}

TEST_CASE("lessons end when every module is refused, and after a dozen in any case", "[lessons]") {
  Lessons lessons;
  lessons.report({"/p", {}, {"a"}}, false);
  int given = 0;
  for (auto deadline = Deadline::after(10s); lessons.due() && !deadline.passed();) {
    if (!lessons.next()) continue;
    ++given;
    lessons.repeat();
  }
  CHECK(given == 12);
  lessons.report({"/p", {}, {"b"}}, false);
  lessons.refuse("a");
  lessons.refuse("b");
  while (lessons.due()) CHECK_FALSE(lessons.next());
}

TEST_CASE("only a zygote that has learned is asked, and the latest of them", "[learned]") {
  LearnedZygotes zygotes;
  FakeLearned first(zygotes);
  auto ends = some_ends();
  CHECK(zygotes.learning());
  CHECK_FALSE(zygotes.spawn(1, ends));
  first.says(wire::ControlType::Learned);
  CHECK_FALSE(zygotes.learning());
  CHECK(zygotes.spawn(1, ends));
  CHECK(first.was_asked());
  FakeLearned second(zygotes);
  second.says(wire::ControlType::Learned);
  ends = some_ends();
  CHECK(zygotes.spawn(2, ends));
  CHECK_FALSE(first.was_asked());
  CHECK(second.was_asked());
  CHECK(zygotes.kill(1));
  CHECK(first.was_asked());
  CHECK_FALSE(zygotes.kill(3));
  zygotes.retire();
  ends = some_ends();
  CHECK_FALSE(zygotes.spawn(4, ends));
  CHECK(ends.channel);
}

TEST_CASE("what a lost zygote has not brought forth is given back", "[learned]") {
  LearnedZygotes zygotes;
  FakeLearned learned(zygotes);
  learned.says(wire::ControlType::Trying, 0, "pkg");
  learned.says(wire::ControlType::Learned);
  for (std::uint32_t id = 1; id <= 4; ++id) {
    auto ends = some_ends();
    REQUIRE(zygotes.spawn(id, ends));
  }
  learned.says(wire::ControlType::Spawned, 1);
  learned.says(wire::ControlType::Spawned, 2);
  CHECK(learned.says(wire::ControlType::Exited, 2));
  CHECK_FALSE(zygotes.take_unborn(2));
  CHECK_FALSE(learned.says(wire::ControlType::Exited, 2));
  CHECK(zygotes.kill(4));
  auto lost = zygotes.lose(learned.number);
  CHECK_FALSE(lost.learning);
  CHECK(lost.instances == std::vector<std::uint32_t>{1, 4});
  REQUIRE(lost.unborn.size() == 1);
  CHECK(lost.unborn.front().first == 3);
  CHECK(lost.unborn.front().second.channel);
  CHECK(zygotes.control(learned.number) == -1);
}

TEST_CASE("a zygote lost in its lesson names what it was importing", "[learned]") {
  LearnedZygotes zygotes;
  FakeLearned learned(zygotes);
  learned.says(wire::ControlType::Trying, 0, "one");
  learned.says(wire::ControlType::Trying, 0, "two");
  const auto lost = zygotes.lose(learned.number);
  CHECK(lost.learning);
  CHECK(lost.trying == "two");
}

TEST_CASE("the ends of an instance that could not be forked can be had back", "[learned]") {
  LearnedZygotes zygotes;
  FakeLearned learned(zygotes);
  learned.says(wire::ControlType::Learned);
  auto ends = some_ends();
  REQUIRE(zygotes.spawn(1, ends));
  CHECK_FALSE(ends.channel);
  auto back = zygotes.take_unborn(1);
  REQUIRE(back);
  CHECK(back->err);
  CHECK_FALSE(zygotes.take_unborn(1));
  CHECK_FALSE(zygotes.kill(1));
}

TEST_CASE("what a zygote says late of an instance that was asked elsewhere is not heard",
          "[learned]") {
  LearnedZygotes zygotes;
  FakeLearned learned(zygotes);
  learned.says(wire::ControlType::Learned);
  auto ends = some_ends();
  REQUIRE(zygotes.spawn(1, ends));
  CHECK(learned.says(wire::ControlType::SpawnFailed, 1));
  CHECK(zygotes.take_unborn(1));
  CHECK_FALSE(learned.says(wire::ControlType::Exited, 1));
  CHECK_FALSE(learned.says(wire::ControlType::Spawned, 1));
}

TEST_CASE("a zygote that was silenced can still be heard to its end", "[learned]") {
  LearnedZygotes zygotes;
  FakeLearned learned(zygotes);
  const wire::ControlMessage message{};
  send_control(learned.control.get(), message, {}, Deadline::after(0ms));
  CHECK(zygotes.numbers() == std::vector{learned.number});
  zygotes.silence(learned.number);
  CHECK_THROWS(send_control(learned.control.get(), message, {}, Deadline::after(0ms)));
  const int control = zygotes.control(learned.number);
  CHECK(receive_control(control).kind == ReceivedControl::Kind::Message);
  CHECK(receive_control(control).kind == ReceivedControl::Kind::Closed);
}
