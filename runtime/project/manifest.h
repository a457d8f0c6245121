// The files by which the platform recognises a Python framework.
//
// Pure. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/project/project.h"

namespace localfn {

/// Texts of the manifests in the project's root, decoded; empty when absent.
struct Manifests {
  std::string requirements;  ///< requirements.txt
  std::string pyproject;     ///< pyproject.toml
  std::string pipfile;       ///< Pipfile
  std::string manage;        ///< manage.py
  /// The first of requirements.txt, pyproject.toml and Pipfile that is there, even if empty.
  std::string present = {};
  std::string package_json = {};
};

/// The app for which the platform takes a project with these manifests when nothing else decides: the
/// first row of its table that matches; `python` when there is any manifest at all.
std::optional<FrameworkApp> detect_framework(const Manifests& manifests);

/// The warning that the platform would switch to a framework preset, where functions of api/ would
/// no longer stand alone. Nothing when no row of the detection table matches.
std::optional<std::string> framework_warning(const Manifests& manifests);

}  // namespace localfn
