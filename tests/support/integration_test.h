// The fixture of every integration test: a project, the real binary serving it, and the hygiene
// check when the test ends.
//
//   TEST_CASE_METHOD(IntegrationTest, "a greeting is served", "[integration]") {
//     project.write("api/hello.py", handler_answering("hi"));
//     start();
//     CHECK(get("/api/hello").body == "hi");
//   }
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/http_client.h"
#include "tests/support/hygiene.h"
#include "tests/support/running_localfn.h"
#include "tests/support/temp_project.h"

namespace localfn::test {

class IntegrationTest {
 protected:
  IntegrationTest() = default;
  /// Stops the server unless the test did, and reports every breach of hygiene as a failure.
  ~IntegrationTest();
  IntegrationTest(const IntegrationTest&) = delete;
  IntegrationTest& operator=(const IntegrationTest&) = delete;

  TempProject project;

  using EnvironmentList = std::vector<std::pair<std::string, std::string>>;

  /// `localfn dev PROJECT --listen 127.0.0.1:0 OPTIONS…`; returns when it serves.
  RunningLocalfn& start(std::vector<std::string> options = {}, EnvironmentList environment = {});

  /// The same for any project folder.
  RunningLocalfn& start_in(const std::filesystem::path& folder,
                           std::vector<std::string> options = {}, EnvironmentList environment = {});

  /// The same on a terminal of its own, whose TERM is xterm.
  RunningLocalfn& start_on_terminal(std::vector<std::string> options = {});
  /// A program, by default the binary, on a terminal of its own.
  RunningLocalfn& launch_on_terminal(std::vector<std::string> arguments, std::string program = {});

  /// Starts the binary with exactly these arguments, cwd = the project; waits for nothing.
  RunningLocalfn& launch(std::vector<std::string> arguments, EnvironmentList environment = {});

  RunningLocalfn& server() { return *server_; }

  Answer get(std::string_view target, const HeaderList& headers = {});
  Answer post(std::string_view target, std::string_view body, const HeaderList& headers = {});
  Answer send(std::string_view method, std::string_view target, const HeaderList& headers = {},
              std::string_view body = "");
  Connection connect() { return Connection(server_->port()); }

  /// The objects of `--log json`: waits for a record of `path`, returns the last one.
  nlohmann::json record_of(const std::string& path, std::size_t from = 0);
  /// Waits for the log line with exactly this text.
  nlohmann::json log_line_of(const std::string& text);
  /// All objects written so far, records and log lines.
  std::vector<nlohmann::json> json_lines();

  /// A test that uses a package which the Python of this build does not have is left out: CTest
  /// shows it as skipped. `./tests/run` installs all of them for Debian's Python.
  void needs(const std::string& package);

  void expect_log(std::string text) { hygiene_.expect_log(std::move(text)); }
  void expect_leftover(std::string name) { hygiene_.expect_leftover(std::move(name)); }
  const std::filesystem::path& temp() const { return hygiene_.temp().path(); }

 private:
  RunningLocalfn& launch(Launch launch);
  void finish(std::vector<std::string>& problems);

  HygieneCheck hygiene_;
  std::unique_ptr<RunningLocalfn> server_;
};

/// How a process ended, as tests like to compare it: the exit code, or 128 + the signal.
int exit_code(int wait_status);

/// Runs `count` threads of `work(index)` and joins them; the first exception is thrown again.
void in_parallel(int count, const std::function<void(int)>& work);

}  // namespace localfn::test
