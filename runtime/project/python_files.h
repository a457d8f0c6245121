// What small files say about a Python: pyvenv.cfg, .python-version, pyproject.toml.
//
// Missing and unreadable files say nothing. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/project/python_choice.h"

namespace localfn {

/// Whether the folder is a virtual environment.
bool is_environment(const std::string& folder);

/// The virtual environment that `path` is, or whose interpreter it is; empty: none.
std::string environment_of(const std::string& path);

/// `version` or `version_info` of pyvenv.cfg.
std::optional<PythonVersion> version_of_environment(const std::string& folder);

/// The lines that are neither empty nor a comment, trimmed.
std::vector<std::string> telling_lines(const std::string& file);

/// `requires-python` of `[project]`.
std::optional<std::string> requires_python(const std::string& file);

}  // namespace localfn
