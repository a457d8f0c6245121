// The commands that bring a project's packages into its virtual environment: shown as advice, and
// run by `localfn dev --install`.
//
// Looks at the disk. Any thread.
#pragma once

#include <string>
#include <vector>

#include "runtime/packages/dependencies.h"

namespace localfn::packages {

/// Where packages go: the environment in use, or the one to be made.
struct Target {
  std::string root;    ///< of the project, absolute
  std::string venv;    ///< in use, absolute; empty: none
  std::string python;  ///< version in use, "3.11"
};

using Words = std::vector<std::string>;

/// Of the environment in use, or of the new one: ".venv" within the project, absolute elsewhere.
std::string environment_name(const Target& target);

/// What starts Python "3.11": `python3.11` where a PATH has it, else the one that the worker of that
/// version was built with.
std::string interpreter(const std::string& version);

/// `python3.11 -m venv .venv`; to be run in the project's root, as all of these.
Words create_environment(const Target& target);

/// `.venv/bin/python -m pip install …` with `what` behind it; by uv where the environment was made
/// by it and has no pip.
Words install(const Target& target, const Words& what);

/// What to install for all that the manifest names: `-r requirements.txt`, or the requirements.
Words all_of(const Dependencies& dependencies);

/// As one types it in a shell: words that need quotes have them.
std::string shell_line(const Words& words);

}  // namespace localfn::packages
