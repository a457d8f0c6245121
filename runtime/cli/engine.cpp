#include "runtime/cli/engine.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/base/errors.h"
#include "runtime/base/signals.h"
#include "runtime/base/wire.h"

namespace localfn::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kKillGrace = 2s;
constexpr auto kSilence = 1s;
constexpr auto kLongestAfterwards = 1h;
// What functions see of themselves where there is no port that anybody could ask.
constexpr std::uint16_t kPort = 3000;

/// `port` 0: there is none.
PoolOptions pool_options(const EngineOptions& options, std::uint16_t port) {
  PoolOptions pool;
  pool.max_instances = options.max_instances;
  pool.idle = options.idle;
  pool.plain_path = options.plain;
  pool.fresh_threads = options.strict;
  pool.debug = options.debug;
  pool.terminal = options.terminal;
  pool.post_mortem = options.debugger.post_mortem;
  pool.debugpy = options.debugger.debugpy;
  pool.port = port == 0 ? kPort : port;
  pool.vercel_url =
      port == 0 ? fmt::format("localhost:{}", kPort) : fmt::format("127.0.0.1:{}", port);
  return pool;
}

int new_eventfd() { return check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd"); }

http::SiteOptions site_options(const EngineOptions& options) {
  http::SiteOptions site;
  site.strict = options.strict;
  site.route_header = false;  // answers are as deployed: there is `localfn routes --explain`
  return site;
}

}  // namespace

Engine::Engine(const EngineOptions& options, LogSink log, http::Account account)
    : unread_(block_signals({wire::kUnreadSignal})),
      session_(options, log),
      front_(options.reachable
                 ? std::make_unique<http::Front>(
                       http::Limits{}, [this](http::Exchange& each) { site_->serve(each); },
                       [this](const http::Refusal& refusal) { return site_->refuse(refusal); })
                 : nullptr),
      pool_(std::make_unique<Pool>(pool_options(options, bind()), session_.supervisor(),
                                   session_.workspace().changes(), log)),
      site_(std::make_unique<http::Site>(site_options(options), session_.workspace(), *pool_,
                                         std::move(account))),
      edit_(new_eventfd()),
      stopping_(new_eventfd()),
      tender_([this] { tend(); }) {
  if (front_) front_->start();
}

std::uint16_t Engine::bind() { return front_ ? front_->bind("127.0.0.1", 0) : std::uint16_t{0}; }

Engine::~Engine() {
  if (!pool_->await_unfinished(Deadline::after(kSilence))) {
    fmt::print(stderr, "waiting for what goes on after its answer; Ctrl-C ends it\n");
    // The limit of each ends it first.
    pool_->await_unfinished(Deadline::after(kLongestAfterwards));
  }
  ::eventfd_write(stopping_.get(), 1);
  tender_.join();
  if (front_) front_->stop(Deadline::after(0s));
  pool_->drain(Deadline::after(0s));
  session_.supervisor().shutdown(Deadline::after(kKillGrace));
}

Clock::time_point Engine::tend_once() {
  const std::lock_guard lock(tending_);
  const auto now = project();
  const auto change = session_.workspace().changes().now();
  if (std::exchange(seen_change_, change) != change) {
    ::eventfd_write(edit_.get(), 1);
  }
  return pool_->tend(*now);
}

void Engine::heard() {
  eventfd_t ignored = 0;
  ::eventfd_read(edit_.get(), &ignored);
}

void Engine::stop() {
  const std::lock_guard lock(tending_);
  pool_->drain(Deadline::after(milliseconds(0)));
}

void Engine::tend_now() { tend_once(); }

void Engine::tend() {
  std::array<pollfd, 2> ready = {pollfd{stopping_.get(), POLLIN, 0},
                                 pollfd{unread_.get(), POLLIN, 0}};
  do {
    if (take_signals(unread_)) pool_->listen();
    const auto next = Deadline::at(tend_once());
    ::poll(ready.data(), ready.size(), next.poll_timeout());
  } while (ready[0].revents == 0);
}

http::LocalAnswer Engine::call(http::LocalRequest request, http::LocalExchange::BodySink sink) {
  http::LocalExchange exchange(std::move(request), std::move(sink));
  exchange.run([this](http::Exchange& each) { site_->serve(each); },
               [this](const http::Refusal& refusal) { return site_->refuse(refusal); });
  return exchange.answer();
}

}  // namespace localfn::cli
