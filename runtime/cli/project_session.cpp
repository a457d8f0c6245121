#include "runtime/cli/project_session.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "runtime/cli/workers.h"

namespace localfn::cli {
PythonChoice python_for(const ProjectOptions& options) {
  const char* active = std::getenv("VIRTUAL_ENV");
  const auto root = std::filesystem::absolute(options.directory).lexically_normal();
  return choose_python({root.string(), options.python, active != nullptr ? active : "",
                        worker_versions(), preferred_version()});
}

void warn_of_python(const PythonChoice& choice) {
  for (const std::string& text : choice.warnings) fmt::print(stderr, "warning: {}\n", text);
}

std::vector<std::string> configuration_problems(const Project& project) {
  std::vector<std::string> lines;
  if (project.errors.empty()) return lines;
  for (const Diagnostic& error : project.errors) lines.push_back(error.format());
  for (const std::string& warning : project.warnings) lines.push_back("warning: " + warning);
  return lines;
}

namespace {

Supervisor::Options supervisor_options(const ProjectOptions& project, PythonVersion python,
                                       LogSink log) {
  Supervisor::Options options;
  options.worker_path = worker_path(python);
  options.log = std::move(log);
  options.preload = project.preload;
  options.debug = project.debug;
  return options;
}

WorkspaceOptions workspace_options(const ProjectOptions& options, const PythonChoice& python) {
  WorkspaceOptions workspace;
  workspace.root = options.directory;
  workspace.venv = python.venv;
  workspace.python = python.version.text();
  workspace.env = options.env;
  workspace.env_files = options.env_files;
  workspace.max_duration = options.max_duration;
  return workspace;
}

// The zygote's start takes longest of all, so it begins before the project is read.
Supervisor& started(Supervisor& supervisor) {
  supervisor.start();
  return supervisor;
}

}  // namespace

ProjectSession::ProjectSession(const ProjectOptions& options, LogSink log)
    : python_(python_for(options)),
      supervisor_(supervisor_options(options, python_.version, std::move(log))),
      workspace_(workspace_options(options, python_),
                 [&supervisor = started(supervisor_)](const std::vector<std::string>& paths) {
                   return supervisor.scan(paths);
                 }) {}

}  // namespace localfn::cli
