// The files by which the platform recognises a Python framework.
//
// Pure. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace localfn {

/// Texts of the manifests in the project's root, decoded; empty when absent.
struct Manifests {
  std::string requirements;  ///< requirements.txt
  std::string pyproject;     ///< pyproject.toml
  std::string pipfile;       ///< Pipfile
  std::string manage;        ///< manage.py
};

/// The warning that the platform would switch to a framework preset, where functions of api/ would
/// no longer stand alone. Nothing when no row of the detection table matches.
std::optional<std::string> framework_warning(const Manifests& manifests);

}  // namespace localfn
