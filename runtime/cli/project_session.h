// A project opened by a command: its Python, the zygote that reads entry points, its files watched.
//
// What every command that looks at a project shares. Main thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/functions/supervisor.h"
#include "runtime/project/python_choice.h"
#include "runtime/project/workspace.h"

namespace localfn::cli {

/// What the command line may say about a project; the same words in every command.
struct ProjectOptions {
  std::filesystem::path directory = ".";
  std::string python;  ///< a version, an interpreter or a virtual environment; empty: found
  std::vector<std::string> env;
  std::vector<std::string> env_files;
  std::chrono::seconds max_duration{300};
  bool debug = false;
  bool preload = true;  ///< the zygote may import what instances have imported
};

/// What commands that run functions for a person may be asked for.
struct DebugOptions {
  bool post_mortem = false;   ///< --pdb
  std::uint16_t debugpy = 0;  ///< --debugpy: the first port; 0: no
};

/// The Python that these options and the project's files choose, without starting anything.
PythonChoice python_for(const ProjectOptions& options);

/// Says on stderr which wishes of the project for a Python could not be met: for commands that print
/// no first line.
void warn_of_python(const PythonChoice& choice);

/// What is wrong with the project's configuration, for the terminal: all errors, then the warnings,
/// of which one may be their cause. Empty when there is no error.
std::vector<std::string> configuration_problems(const Project& project);

class ProjectSession {
 public:
  /// Starts the zygote and reads the project. `log` takes the zygote's own lines.
  /// Throws UsageError when the folder or the Python asked for is not there.
  ProjectSession(const ProjectOptions& options, LogSink log);

  Workspace& workspace() { return workspace_; }
  Supervisor& supervisor() { return supervisor_; }
  const PythonChoice& python() const { return python_; }

 private:
  const PythonChoice python_;
  Supervisor supervisor_;
  Workspace workspace_;
};

}  // namespace localfn::cli
