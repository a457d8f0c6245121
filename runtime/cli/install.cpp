#include "runtime/cli/install.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "runtime/base/errors.h"
#include "runtime/base/signals.h"
#include "runtime/packages/dependencies.h"
#include "runtime/packages/install.h"
#include "runtime/project/python_files.h"

extern char** environ;

namespace localfn::cli {
namespace {

namespace fs = std::filesystem;
using packages::Dependencies;
using packages::Words;

/// Runs the command in `folder`; its output goes to stderr, for stdout belongs to the functions.
/// Returns the raw wait status. It may take as long as it takes: the user sees its output.
int run(const fs::path& folder, const Words& words) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  std::vector<std::string> copy = words;
  std::vector<char*> argv;
  for (std::string& word : copy) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int problem = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) {
    throw std::runtime_error(fmt::format("cannot run `{}`: {}", packages::shell_line(words),
                                         errno_text(problem)));
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) check(-1, fmt::format("wait for `{}`", packages::shell_line(words)));
  }
  return status;
}

void show(const Words& words) {
  fmt::print(stderr, "> {}\n", packages::shell_line(words));
  std::fflush(stderr);
}

void run_or_throw(const fs::path& folder, const Words& words) {
  show(words);
  const int status = run(folder, words);
  if (status == 0) return;
  throw std::runtime_error(fmt::format("cannot install the packages: `{}` {}",
                                       packages::shell_line(words), describe_exit(status)));
}

/// Debian and its kin leave the means to make environments out of python3.
std::string remedy(const packages::Target& target, const fs::path& root) {
  const Words question = {packages::interpreter(target.python), "-c", "import ensurepip"};
  if (run(root, question) == 0) return {};
  return fmt::format(
      "\nhint: this Python has no ensurepip; on Debian and Ubuntu: sudo apt-get install "
      "python{}-venv", target.python);
}

void make_environment(const packages::Target& target, const fs::path& root) {
  const fs::path folder = root / packages::environment_name(target);
  if (fs::exists(fs::symlink_status(folder))) {
    throw std::runtime_error(
        fmt::format("cannot make the virtual environment {}: it is there, but not of a Python that "
                    "localfn has a worker for (python{}); remove it first", folder.string(),
                    target.python));
  }
  const Words words = packages::create_environment(target);
  show(words);
  int status = 0;
  try {
    status = run(root, words);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("{}\nhint: on Debian and Ubuntu: sudo apt-get install "
                                         "python{}-venv", error.what(), target.python));
  }
  if (status == 0) return;
  std::error_code ignored;
  fs::remove_all(folder, ignored);  // half an environment would be taken for a whole one
  throw std::runtime_error(fmt::format("cannot make the virtual environment: `{}` {}{}",
                                       packages::shell_line(words), describe_exit(status),
                                       remedy(target, root)));
}

/// Of the root and of every folder of api/: a function takes the nearest one.
std::vector<Dependencies> manifests_of(const fs::path& root) {
  std::set<std::string> folders = {"", "api"};
  std::error_code ignored;
  for (fs::recursive_directory_iterator entry(root / "api", ignored), end; entry != end;
       entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    if (!entry->is_directory(ignored)) continue;
    if (name.starts_with(".") || name == "node_modules" || name == "venv") {
      entry.disable_recursion_pending();
    } else {
      folders.insert(entry->path().lexically_relative(root).string());
    }
  }
  std::vector<Dependencies> found;
  for (const std::string& folder : folders) {
    if (auto manifest = packages::dependencies_in(root.string(), folder)) {
      found.push_back(std::move(*manifest));
    }
  }
  return found;
}

}  // namespace

void install_packages(const ProjectOptions& options) {
  const PythonChoice choice = python_for(options);
  if (!options.python.empty() && choice.venv.empty()) {
    throw UsageError(fmt::format(
        "--install needs a virtual environment, and --python {} chooses none: leave it out, or "
        "name an environment", options.python));
  }
  std::error_code error;
  const fs::path root = fs::canonical(options.directory, error);
  if (error) {
    throw UsageError(fmt::format("cannot read project folder {}: {}", options.directory.string(),
                                 error.message()));
  }
  packages::Target target{root.string(), choice.venv, choice.version.text()};
  const auto manifests = manifests_of(root);
  if (manifests.empty()) {
    fmt::print(stderr, "localfn: --install: the project has no requirements.txt, pyproject.toml or "
                       "Pipfile: nothing to install\n");
    return;
  }
  if (target.venv.empty()) {
    make_environment(target, root);
    target.venv = (root / packages::environment_name(target)).string();
  }
  for (const Dependencies& manifest : manifests) {
    for (const std::string& problem : manifest.problems) fmt::print(stderr, "warning: {}\n", problem);
    const Words what = packages::all_of(manifest);
    if (!what.empty()) run_or_throw(root, packages::install(target, what));
  }
}

}  // namespace localfn::cli
