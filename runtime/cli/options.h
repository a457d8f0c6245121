// The command line: words in, values out. Pure, except for reading the terminal's width in --help.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/cli/check.h"
#include "runtime/cli/init.h"
#include "runtime/cli/invoke.h"
#include "runtime/cli/project_session.h"
#include "runtime/cli/routes.h"
#include "runtime/cli/test.h"

namespace localfn::cli {

enum class LogFormat { Text, Json };

/// What `localfn dev` was asked for; the initialisers are the defaults that --help shows.
struct DevOptions : ProjectOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 3000;
  bool strict_port = false;
  std::size_t max_instances = 10;
  std::chrono::seconds idle{300};
  LogFormat log = LogFormat::Text;
  bool strict = false;
  bool no_route_header = false;
  bool plain = false;
  bool record = false;      ///< write probes from the requests that are made
  std::string record_file;  ///< here; empty: in the project
  bool install = false;  ///< what the manifests name, into the virtual environment, before serving
};

enum class Command {
  Dev,
  Routes,
  Invoke,
  Test,
  Check,
  Init,
  Help,
  Manual,
  Completion,
  Version,
  SourceHash
};

struct CommandLine {
  Command command = Command::Help;
  std::string help_on;  ///< the command that help is asked for; empty: all of them
  std::string shell;    ///< whose completion is asked for
  DevOptions dev;
  RoutesOptions routes;
  InvokeOptions invoke;
  TestOptions test;
  CheckOptions check;
  InitOptions init;
};

/// Throws UsageError with a text that says what was wrong and what is accepted.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace localfn::cli
