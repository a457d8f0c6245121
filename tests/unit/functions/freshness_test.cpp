// A request that arrives after a file was saved never runs old code; nothing is started in vain.
#include "tests/unit/functions/fake_spawner.h"

namespace localfn::testing {
namespace {

void serve_anew(Bench& bench) {
  auto running = bench.call();
  auto next = bench.spawner.next();
  next->ready();
  next->reply(next->request(), "new");
  get<Reply>(running.outcome());
  CHECK(running.served->cold);
}

void serve_warm(Bench& bench, FakeInstance& instance) {
  auto running = bench.call();
  instance.reply(instance.request());
  get<Reply>(running.outcome());
  CHECK_FALSE(running.served->cold);
}

}  // namespace

TEST_CASE("an idle instance whose files have changed is replaced", "[freshness]") {
  Bench bench;
  auto instance = bench.warm({"/p/api/_lib.py"});
  SECTION("the function's own file") { bench.changes.changed({"/p/api/a.py"}); }
  SECTION("a file that it imported") { bench.changes.changed({"/p/api/_lib.py"}); }
  SECTION("anything") { bench.changes.everything_changed(); }
  SECTION("the environment") { bench.project = Bench::make_project(1); }
  serve_anew(bench);
  instance->expect(wire::FrameType::Stop);
}

TEST_CASE("a change of a file that was not loaded costs nothing", "[freshness]") {
  Bench bench;
  auto instance = bench.warm({"/p/api/_lib.py"});
  bench.changes.changed({"/p/api/b.py", "/p/README.md"});
  serve_warm(bench, *instance);
}

TEST_CASE("a file imported inside a handler counts too", "[freshness]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call();
  const auto number = instance->request();
  instance->head(number);
  wire::EndFrame end;
  end.loaded.files = {"/p/late.py"};
  end.loaded.directories = {"/p/data"};
  instance->end(number, end);
  get<Reply>(running.outcome());
  bench.changes.changed({"/p/else.py"});
  serve_warm(bench, *instance);
  SECTION("the file") { bench.changes.changed({"/p/late.py"}); }
  SECTION("the folder that it listed") { bench.changes.changed({"/p/data"}); }
  serve_anew(bench);
}

TEST_CASE("an edit during an import is seen by the next request", "[freshness]") {
  Bench bench;
  auto running = bench.call();
  auto instance = bench.spawner.next();
  instance->expect(wire::FrameType::Load);
  bench.changes.changed({"/p/api/_lib.py"});
  wire::ReadyFrame ready;
  ready.loaded.files = {"/p/api/_lib.py"};
  instance->say(ready);
  instance->reply(instance->request());
  get<Reply>(running.outcome());
  serve_anew(bench);
}

TEST_CASE("a busy instance that is stale finishes and leaves; nobody joins it", "[freshness]") {
  PoolOptions options;
  options.max_instances = 1;
  Bench bench(options);
  auto instance = bench.warm();
  auto running = bench.call();
  const auto number = instance->request();
  bench.changes.changed({"/p/api/a.py"});
  serve_anew(bench);
  CHECK(instance->nothing_waits());
  instance->reply(number, "old");
  get<Reply>(running.outcome());
  instance->expect(wire::FrameType::Stop);
}

TEST_CASE("nobody joins an import that began before a change", "[freshness]") {
  PoolOptions options;
  options.max_instances = 1;
  Bench bench(options);
  auto running = bench.call();
  auto instance = bench.spawner.next();
  instance->expect(wire::FrameType::Load);
  const auto number = instance->request();
  bench.changes.changed({"/p/api/_lib.py"});
  serve_anew(bench);
  instance->say(wire::ReadyFrame{});
  instance->reply(number);
  get<Reply>(running.outcome());
}

TEST_CASE("tending retires what is stale and names it", "[freshness]") {
  Bench bench;
  auto instance = bench.warm();
  bench.pool.tend(*bench.project);
  CHECK(bench.pool.take_restarted().empty());
  bench.changes.changed({"/p/api/a.py"});
  bench.pool.tend(*bench.project);
  CHECK(bench.pool.take_restarted() == std::vector<std::string>{"api/a.py"});
  CHECK(bench.pool.take_restarted().empty());
  instance->expect(wire::FrameType::Stop);
  // Its last words are not lost.
  instance->log(0, wire::Stream::Stdout, "bye");
  bench.spawner.die(*instance, 0);
  bench.pool.tend(*bench.project);
  CHECK(bench.pool.instance_count() == 0);
  REQUIRE(bench.lines().size() == 1);
  CHECK(bench.lines()[0].text == "bye");
}

TEST_CASE("tending retires what has been idle for long, and only that", "[freshness]") {
  PoolOptions options;
  SECTION("long") {
    options.idle = 0s;
    Bench bench(options);
    auto instance = bench.warm();
    bench.pool.tend(*bench.project);
    instance->expect(wire::FrameType::Stop);
    CHECK(bench.pool.take_restarted().empty());
  }
  SECTION("not long") {
    Bench bench(options);
    auto instance = bench.warm();
    const auto next = bench.pool.tend(*bench.project);
    CHECK(next > Clock::now());
    CHECK(instance->nothing_waits());
    CHECK(bench.pool.instance_count() == 1);
  }
}

TEST_CASE("tending notices that an idle instance has died", "[freshness]") {
  Bench bench;
  auto instance = bench.warm();
  bench.spawner.die(*instance, SIGSEGV);
  bench.pool.tend(*bench.project);
  CHECK(bench.pool.instance_count() == 0);
}

}  // namespace localfn::testing
