#include "tests/support/integration_test.h"

#include <signal.h>
#include <sys/wait.h>

#include <exception>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tests/support/catch.h"

namespace localfn::test {

namespace {

std::vector<nlohmann::json> parse_lines(std::string_view text) {
  std::vector<nlohmann::json> objects;
  // A line without its end is still being written.
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    objects.push_back(nlohmann::json::parse(text.substr(0, end)));
    text.remove_prefix(end + 1);
  }
  return objects;
}

}  // namespace

void IntegrationTest::needs(const std::string& package) {
  const std::string_view there = " " LOCALFN_TEST_PACKAGES;
  if (there.find(" " + package + " ") != std::string_view::npos) {
    // The small projects of these tests have no manifest.
    expect_log("installed here but the project has no requirements.txt");
    return;
  }
  throw std::runtime_error("TEST LEFT OUT: " LOCALFN_TEST_PYTHON " has no package " + package);
}

IntegrationTest::~IntegrationTest() {
  if (!server_) return;
  std::vector<std::string> problems;
  try {
    finish(problems);
  } catch (const std::exception& error) {
    problems.push_back(error.what());
  }
  for (const std::string& problem : problems) FAIL_CHECK(problem);
  const bool failed = !problems.empty() || std::uncaught_exceptions() > 0 ||
                      !Catch::getResultCapture().lastAssertionPassed();
  if (!failed) return;
  std::cerr << "---- stdout of localfn\n"
            << server_->output(Stream::Out) << "---- stderr of localfn\n"
            << server_->log() << "----\n";
}

void IntegrationTest::finish(std::vector<std::string>& problems) {
  if (server_->running() && server_->port() != 0) problems = hygiene_.before_stop(*server_);
  if (server_->running()) server_->stop(SIGTERM);
  server_->await_exit();
  for (std::string& problem : hygiene_.after_end(*server_)) problems.push_back(std::move(problem));
}

RunningLocalfn& IntegrationTest::launch(Launch launch) {
  if (server_) {
    // One fixture serves one binary at a time; a second start ends the first one properly.
    std::vector<std::string> problems;
    finish(problems);
    for (const std::string& problem : problems) FAIL_CHECK(problem);
  }
  server_ = std::make_unique<RunningLocalfn>(launch);
  return *server_;
}

RunningLocalfn& IntegrationTest::launch(std::vector<std::string> arguments,
                                        EnvironmentList environment) {
  return launch(Launch{std::move(arguments), project.root(), temp(), std::move(environment)});
}

RunningLocalfn& IntegrationTest::launch_on_terminal(std::vector<std::string> arguments,
                                                    std::string program) {
  return launch(Launch{
      std::move(arguments), project.root(), temp(), {{"TERM", "xterm"}}, std::move(program), true});
}

RunningLocalfn& IntegrationTest::start_on_terminal(std::vector<std::string> options) {
  std::vector<std::string> arguments{"dev", project.root().string(), "--listen", "127.0.0.1:0"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  launch_on_terminal(std::move(arguments));
  server_->await_ready();
  hygiene_.became_ready(*server_);
  return *server_;
}

RunningLocalfn& IntegrationTest::start_in(const std::filesystem::path& folder,
                                          std::vector<std::string> options,
                                          EnvironmentList environment) {
  std::vector<std::string> arguments{"dev", folder.string(), "--listen", "127.0.0.1:0"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  launch(std::move(arguments), std::move(environment));
  server_->await_ready();
  hygiene_.became_ready(*server_);
  return *server_;
}

RunningLocalfn& IntegrationTest::start(std::vector<std::string> options,
                                       EnvironmentList environment) {
  return start_in(project.root(), std::move(options), std::move(environment));
}

Answer IntegrationTest::send(std::string_view method, std::string_view target,
                             const HeaderList& headers, std::string_view body) {
  return request_once(server_->port(), method, target, headers, body);
}

Answer IntegrationTest::get(std::string_view target, const HeaderList& headers) {
  return send("GET", target, headers);
}

Answer IntegrationTest::post(std::string_view target, std::string_view body,
                             const HeaderList& headers) {
  return send("POST", target, headers, body);
}

nlohmann::json IntegrationTest::record_of(const std::string& path, std::size_t from) {
  nlohmann::json found;
  const auto written = [&](std::string_view text) {
    for (const nlohmann::json& object : parse_lines(text)) {
      if (object.contains("path") && object["path"] == path) found = object;
    }
    return !found.is_null();
  };
  server_->await_claim(Stream::Out, written, "a record of " + path, from);
  return found;
}

nlohmann::json IntegrationTest::log_line_of(const std::string& text) {
  nlohmann::json found;
  const auto written = [&](std::string_view output) {
    for (const nlohmann::json& object : parse_lines(output)) {
      if (object.contains("text") && object["text"] == text) found = object;
    }
    return !found.is_null();
  };
  server_->await_claim(Stream::Out, written, "the log line \"" + text + "\"");
  return found;
}

std::vector<nlohmann::json> IntegrationTest::json_lines() {
  return parse_lines(server_->output(Stream::Out));
}

int exit_code(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

void in_parallel(int count, const std::function<void(int)>& work) {
  std::mutex mutex;
  std::exception_ptr first;
  std::vector<std::thread> threads;
  for (int index = 0; index < count; ++index) {
    threads.emplace_back([&, index] {
      try {
        work(index);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!first) first = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (first) std::rethrow_exception(first);
}

}  // namespace localfn::test
