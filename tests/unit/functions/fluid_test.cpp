// `"fluid": true`: instances are shared before another is started.
#include "tests/unit/functions/fake_spawner.h"

namespace localfn::testing {

namespace {

std::shared_ptr<const Project> fluid_project() {
  auto made = std::make_shared<Project>(*Bench::make_project(0));
  made->fluid = true;
  return made;
}

}  // namespace

TEST_CASE("with fluid requests join the import and share the instance", "[pool][fluid]") {
  Bench bench;
  bench.project = fluid_project();
  auto first_call = bench.call();
  auto instance = bench.spawner.next();
  instance->expect(wire::FrameType::Load);
  const auto first = instance->request();
  auto second_call = bench.call();
  const auto second = instance->request();
  instance->say(wire::ReadyFrame{});
  auto third_call = bench.call();
  const auto third = instance->request();
  for (const auto number : {third, first, second}) instance->reply(number);
  for (auto* running : {&first_call, &second_call, &third_call}) get<Reply>(running->outcome());
  CHECK(bench.spawner.spawned() == 1);
  CHECK(second_call.served->shared);
  CHECK_FALSE(second_call.served->cold);
}

TEST_CASE("a request that joins while the instance is spawned is not stuck behind the first",
          "[pool][fluid]") {
  Bench bench;
  bench.project = fluid_project();
  std::promise<void> go_on;
  bench.spawner.before_spawn = [spawning = go_on.get_future().share()] { spawning.wait(); };
  auto first_call = bench.call();
  auto second_call = bench.call();
  const auto until = Deadline::after(kPatience);
  while (bench.pool.in_flight() < 2 && !until.passed()) std::this_thread::yield();
  go_on.set_value();
  auto instance = bench.spawner.next();
  instance->expect(wire::FrameType::Load);
  const auto one = instance->request();
  const auto other = instance->request();
  instance->say(wire::ReadyFrame{});
  // Its thread runs the first: another one has to read the second.
  CHECK(bench.spawner.await_asked(1));
  instance->reply(other);
  instance->reply(one);
  for (auto* running : {&first_call, &second_call}) get<Reply>(running->outcome());
  CHECK(bench.spawner.spawned() == 1);
}

TEST_CASE("with fluid a request goes to the least loaded instance, past all a new one is started",
          "[pool][fluid]") {
  PoolOptions options;
  options.max_shared = 2;
  options.max_instances = 2;
  options.queue_limit = 1ms;
  Bench bench(options);
  bench.project = fluid_project();
  auto one = bench.warm();
  auto a = bench.call();
  const auto a_number = one->request();
  auto b = bench.call();
  const auto b_number = one->request();

  auto c = bench.call();
  auto two = bench.spawner.next();
  two->ready();
  const auto c_number = two->request();
  auto d = bench.call();
  const auto d_number = two->request();
  CHECK_THAT(get<Overloaded>(bench.call().outcome()).reason,
             ContainsSubstring("2 invocations each"));

  one->reply(b_number);
  get<Reply>(b.outcome());
  auto e = bench.call();
  one->reply(one->request());
  get<Reply>(e.outcome());
  one->reply(a_number);
  two->reply(c_number);
  two->reply(d_number);
  for (auto* running : {&a, &c, &d}) get<Reply>(running->outcome());
  CHECK(bench.spawner.spawned() == 2);
}

TEST_CASE("whether instances are shared follows vercel.json from the next request on",
          "[pool][fluid]") {
  Bench bench;
  auto one = bench.warm();
  auto a = bench.call();
  const auto a_number = one->request();
  auto b = bench.call();
  auto two = bench.spawner.next();
  two->ready();
  const auto b_number = two->request();

  bench.project = fluid_project();
  auto c = bench.call();
  auto d = bench.call();
  // Both have one invocation; the third and the fourth go to either, as long as neither has ended.
  const auto on_one = one->request();
  const auto on_two = two->request();
  one->reply(on_one);
  two->reply(on_two);
  one->reply(a_number);
  two->reply(b_number);
  for (auto* running : {&a, &b, &c, &d}) get<Reply>(running->outcome());
  CHECK(bench.spawner.spawned() == 2);
}

}  // namespace localfn::testing
