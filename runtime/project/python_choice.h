// Which Python runs a project's functions, and why: the worker's version and the virtual environment.
//
// Asked once, when a server starts. Reads small files of the project; throws UsageError only for
// what the command line asked for and cannot be had. Any thread.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace localfn {

struct PythonVersion {
  int major = 3;
  int minor = 0;
  auto operator<=>(const PythonVersion&) const = default;

  std::string text() const;
};

/// "3.11", "3.11.2", "311", "cpython@3.11", "python3.11" → 3.11; nothing for anything else.
std::optional<PythonVersion> parse_python_version(std::string_view text);

/// Whether a version satisfies `requires-python`: ">=3.9,<3.13", "~=3.11", "==3.12.*", "!=3.10".
/// Nothing when the specifier is none. Patch levels do not count: any 3.11 satisfies ">=3.11.4". As
/// on the platform "~=3.11" is 3.11 only.
std::optional<bool> satisfies(PythonVersion version, std::string_view specifier);

struct PythonWish {
  std::string root;         ///< of the project, absolute
  std::string option;       ///< --python: a version, an interpreter, a virtual environment; or empty
  std::string virtual_env;  ///< VIRTUAL_ENV of the shell, or empty
  std::vector<PythonVersion> workers;  ///< what there is, not empty
  PythonVersion preferred;             ///< of them, where nobody wishes anything
};

struct PythonChoice {
  PythonVersion version;
  std::string venv;    ///< absolute; empty: none
  std::string reason;  ///< for the banner: ".venv", "--python", ".python-version"; may be empty
  std::vector<std::string> warnings;  ///< wishes of files that could not be met
};

/// In this order: --python, the activated environment, `.venv` or `venv` of the project,
/// `.python-version`, `requires-python` of pyproject.toml, the version of Pipfile.lock.
PythonChoice choose_python(const PythonWish& wish);

}  // namespace localfn
