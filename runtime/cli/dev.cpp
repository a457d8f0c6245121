#include "runtime/cli/dev.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <thread>

#include "runtime/base/clock.h"
#include "runtime/base/errors.h"
#include "runtime/base/fd.h"
#include "runtime/base/signals.h"
#include "runtime/base/wire.h"
#include "runtime/cli/console.h"
#include "runtime/cli/install.h"
#include "runtime/cli/project_session.h"
#include "runtime/cli/recorder.h"
#include "runtime/cli/terminal_desk.h"
#include "runtime/cli/version.h"
#include "runtime/functions/pool.h"
#include "runtime/functions/supervisor.h"
#include "runtime/http/front.h"
#include "runtime/http/site/site.h"
#include "runtime/packages/dependencies.h"
#include "runtime/packages/undeclared.h"
#include "runtime/project/text.h"
#include "runtime/project/workspace.h"

namespace localfn::cli {
namespace {

using namespace std::chrono_literals;

constexpr int kConfigurationError = 2;
constexpr auto kZygoteLimit = 20s;  // a first start reads the standard library from a cold disk
constexpr auto kLeaveGrace = 1s;    // for what instances do when they leave
constexpr auto kDrainGrace = 5s;    // what runs at Ctrl-C may take this long to finish
constexpr auto kKillGrace = 2s;
constexpr int kPortsTried = 100;

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

// What a browser on this machine can open: 0.0.0.0 is every address and no name for one.
std::string reachable_host(const std::string& host) {
  return host == "0.0.0.0" || host == "::" ? "localhost" : bracketed(host);
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// "7 functions", "flask app app.py".
std::string what_answers(const Project& project) {
  if (!project.framework) return counted(project.functions.size(), "function");
  const FrameworkApp& app = *project.framework;
  return fmt::format("{} app {}", app.slug,
                     app.function ? printable(app.function->file) : "without an entry point");
}

// Everything `localfn dev` consists of, in the order in which the parts need each other.
class DevServer {
 public:
  explicit DevServer(const DevOptions& options);

  int run();

 private:
  void serve_one(http::Exchange& exchange);
  void start_front();
  void announce();
  void tell_notices(const Project& project);
  int serve();
  Clock::time_point tend();
  void warn_of_packages(const std::shared_ptr<const Project>& project);
  bool stop_asked(int& signal_number) const;
  void shut_down(int signal_number);
  std::size_t going_on() const;
  void await_end(const UniqueFd& stopped, Deadline deadline);
  http::SiteOptions site_options() const;
  PoolOptions pool_options() const;

  const DevOptions& options_;
  UniqueFd signals_;
  UniqueFd unread_;  ///< instances have said something that no request waits for
  Console console_;
  TerminalDesk desk_;
  ProjectSession session_;
  Supervisor& supervisor_;
  Workspace& workspace_;
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<http::Site> site_;
  std::unique_ptr<Recorder> recorder_;  ///< null: nothing is recorded
  http::Front front_;
  std::uint16_t port_ = 0;
  std::shared_ptr<const Project> looked_at_;  ///< whose imports have been compared with manifests
  std::set<std::string> undeclared_;          ///< what was said of them
};

DevServer::DevServer(const DevOptions& options)
    : options_(options),
      signals_(block_signals({SIGINT, SIGTERM, SIGHUP})),
      unread_(block_signals({wire::kUnreadSignal})),
      console_(options.log),
      desk_([this](bool on) { console_.hold(on); }),
      session_(options, [this](const LogLine& line) { console_.function_line(line); }),
      supervisor_(session_.supervisor()),
      workspace_(session_.workspace()),
      recorder_(options.record
                    ? std::make_unique<Recorder>(options.directory, options.record_file)
                    : nullptr),
      front_(
          http::Limits{}, [this](http::Exchange& exchange) { serve_one(exchange); },
          [this](const http::Refusal& refusal) { return site_->refuse(refusal); }) {}

void DevServer::serve_one(http::Exchange& exchange) {
  if (!recorder_) return site_->serve(exchange);
  http::RecordingExchange recording(exchange, Recorder::kMostBody);
  site_->serve(recording);
  const std::string problem = recorder_->take(recording);
  if (!problem.empty()) console_.warning(problem);
}

PoolOptions DevServer::pool_options() const {
  PoolOptions options;
  options.max_instances = options_.max_instances;
  options.idle = options_.idle;
  options.plain_path = options_.plain;
  options.fresh_threads = options_.strict;
  options.debug = options_.debug;
  options.terminal = desk_.place();
  options.post_mortem = options_.debugger.post_mortem;
  options.debugpy = options_.debugger.debugpy;
  options.port = port_;
  options.vercel_url = fmt::format("{}:{}", reachable_host(options_.host), port_);
  return options;
}

http::SiteOptions DevServer::site_options() const {
  http::SiteOptions options;
  options.strict = options_.strict;
  options.route_header = !options_.no_route_header;
  return options;
}

void DevServer::start_front() {
  for (int step = 0;; ++step) {
    const auto port = static_cast<std::uint16_t>(options_.port + step);
    try {
      port_ = front_.bind(options_.host, port);
      break;
    } catch (const std::system_error& error) {
      const bool taken = error.code().value() == EADDRINUSE;
      const bool last = step + 1 >= kPortsTried || options_.port + step >= 65'535;
      if (!taken || options_.strict_port || last) throw;
      if (step == 0) {
        console_.plain(fmt::format("> NOTE: Requested port {} is already in use", port));
      }
    }
  }
  pool_ = std::make_unique<Pool>(
      pool_options(), supervisor_, workspace_.changes(),
      [this](const LogLine& line) { console_.function_line(line); });
  site_ = std::make_unique<http::Site>(
      site_options(), workspace_, *pool_,
      [this](const Record& record, const std::vector<std::string>& explanation) {
        console_.access(record, explanation);
      });
  front_.start();
}

void DevServer::announce() {
  const auto project = workspace_.current();
  const std::string python = supervisor_.python_version(Deadline::after(kZygoteLimit));
  const PythonChoice& choice = session_.python();
  const std::string why = choice.reason.empty() ? "" : fmt::format(" ({})", choice.reason);
  console_.plain(fmt::format("localfn {} · Python {}{} · {}, {}", version_number(), python, why,
                             what_answers(*project),
                             counted(project->static_files.size(), "static file")));
  for (const auto& text : choice.warnings) console_.warning(text);
  if (options_.debugger.post_mortem && desk_.place().empty()) {
    console_.warning("--pdb: there is no terminal, so exceptions are only reported");
  }
  tell_notices(*project);
  if (recorder_) {
    console_.plain(fmt::format("recording probes in {}", printable(recorder_->file().string())));
  }
  console_.plain(fmt::format("> Ready! Available at http://{}:{}\n",
                             reachable_host(options_.host), port_));
}

void DevServer::tell_notices(const Project& project) {
  for (const auto& [kind, text] : site_->take_notices(project)) {
    switch (kind) {
      case http::Notice::Kind::Problem: console_.problem(text); break;
      case http::Notice::Kind::Warning: console_.warning(text); break;
      case http::Notice::Kind::Mended: console_.mended(text); break;
    }
  }
}

int DevServer::run() {
  const auto project = workspace_.current();
  if (!project->errors.empty()) {
    for (const auto& problem : configuration_problems(*project)) console_.problem(problem);
    supervisor_.shutdown(Deadline::after(kKillGrace));
    return kConfigurationError;
  }
  start_front();
  announce();
  return serve();
}

bool DevServer::stop_asked(int& signal_number) const {
  signalfd_siginfo info{};
  if (::read(signals_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return false;
  signal_number = static_cast<int>(info.ssi_signo);
  return true;
}

// What is due without a request: edits are reported, stale and idle instances retired.
Clock::time_point DevServer::tend() {
  const auto project = workspace_.current();
  auto edits = workspace_.take_edits();
  if (recorder_) {
    std::erase_if(edits, [this](const auto& file) { return recorder_->is_own(file); });
  }
  const auto next = pool_->tend(*project);
  console_.edit(edits, pool_->take_restarted());
  tell_notices(*project);
  warn_of_packages(project);
  return next;
}

// Here and not where a Project is made: it reads many small files, and no request waits for it.
void DevServer::warn_of_packages(const std::shared_ptr<const Project>& project) {
  if (project == looked_at_ || !project->errors.empty()) return;
  looked_at_ = project;
  std::set<std::string> found;
  if (const auto manifest = packages::dependencies_in(project->root.string(), "")) {
    for (const auto& problem : manifest->problems) {
      found.insert(problem + "; Vercel's build fails on it");
    }
    const auto hiding = packages::hiding_of(*manifest);
    if (!hiding.what.empty()) found.insert(hiding.what + "; " + hiding.fix);
  }
  for (auto& text : packages::undeclared_imports(*project)) found.insert(std::move(text));
  for (const auto& text : found) {
    if (!undeclared_.contains(text)) console_.warning(text);
  }
  undeclared_ = std::move(found);
}

int DevServer::serve() {
  int signal_number = 0;
  while (true) {
    const auto next = Deadline::at(tend());
    std::array<pollfd, 4> ready = {pollfd{signals_.get(), POLLIN, 0},
                                   pollfd{unread_.get(), POLLIN, 0},
                                   pollfd{workspace_.change_fd(), POLLIN, 0},
                                   pollfd{site_->attention_fd(), POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), next.poll_timeout()) < 0 && errno != EINTR) {
      check(-1, "wait for signals and edits");
    }
    if (take_signals(unread_)) pool_->listen();
    if (stop_asked(signal_number)) break;
  }
  shut_down(signal_number);
  return 128 + signal_number;
}

/// Requests, and what goes on after its answer. In this order: one becomes the other.
std::size_t DevServer::going_on() const {
  const std::size_t requests = pool_->in_flight();
  return requests + pool_->unfinished();
}

/// Until connections and functions have finished, a signal has come, or it is too late.
void DevServer::await_end(const UniqueFd& stopped, Deadline deadline) {
  std::array<pollfd, 3> ready = {pollfd{signals_.get(), POLLIN, 0},
                                 pollfd{stopped.get(), POLLIN, 0},
                                 pollfd{unread_.get(), POLLIN, 0}};
  while (!deadline.passed()) {
    const auto next = sooner(deadline, Deadline::at(pool_->tend(*workspace_.current())));
    if (::poll(ready.data(), ready.size(), next.poll_timeout()) < 0) continue;
    if (ready[0].revents != 0) return;
    if (take_signals(unread_)) pool_->listen();
    if (ready[1].revents != 0) ready[1].fd = -1;  // that much is done
    if (ready[1].fd < 0 && pool_->unfinished() == 0) return;
  }
}

// The first signal lets what runs finish; a second one, or the end of the grace, ends it.
void DevServer::shut_down(int signal_number) {
  if (const std::size_t running = going_on(); running > 0 && !desk_.busy()) {
    console_.note(fmt::format("{}: waiting up to {} s for {}; again to stop now",
                              signal_name(signal_number), kDrainGrace.count(),
                              counted(running, "request")));
  }
  // What stands still in a debugger would not finish by itself.
  const auto deadline = Deadline::after(desk_.busy() ? Clock::duration(0s) : kDrainGrace);
  const UniqueFd stopped(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd"));
  std::jthread stopping([&] {
    front_.stop(deadline);
    ::eventfd_write(stopped.get(), 1);
  });
  await_end(stopped, deadline);
  // Ends every instance, and with it every invocation that a connection still waits for. Where
  // there is none the instances leave by themselves: atexit callbacks and ASGI shutdowns run.
  const bool quiet = going_on() == 0;
  pool_->drain(Deadline::after(quiet ? kLeaveGrace : 0s));
  stopping.join();
  supervisor_.shutdown(Deadline::after(kKillGrace));
  if (recorder_) console_.plain(recorder_->summary());
}

}  // namespace

int run_dev(const DevOptions& options) {
  // Before anything else: which environment there is decides which Python runs.
  if (options.install) install_packages(options);
  raise_fd_limit();
  DevServer server(options);
  return server.run();
}

}  // namespace localfn::cli
