// What is installed in an environment, and what it needs: read from the folders `*.dist-info` and
// `*.egg-info` that installers leave beside the modules.
//
// Reads the disk when made. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/packages/dependencies.h"

namespace localfn::packages {

class Installed {
 public:
  /// Of the virtual environment; without one, of the system's Python `python` ("3.11").
  Installed(const std::string& venv, const std::string& python);

  bool has(const std::string& distribution) const { return all_.contains(distribution); }

  /// Normalised names of the distributions that bring the module, which is an outermost name or a
  /// part of a shared one; empty when that is not known.
  std::set<std::string> bringing(const std::string& module) const;

  /// `distributions` and all that they need, extras and markers included: rather too many.
  std::set<std::string> with_needs(std::set<std::string> distributions) const;

  /// The same without extras: what comes along in any case.
  std::set<std::string> with_required(std::set<std::string> distributions) const;

  /// What its files take, by its own list of them; 0 when that is not known.
  std::uintmax_t bytes_of(const std::string& distribution) const;

 private:
  struct Package {
    std::vector<std::string> needs;
    std::vector<std::string> required;  ///< of them, those that no extra asks for
    std::string metadata;   ///< its file or folder
    std::string top_level;  ///< names of modules, one a line; empty: not said
    std::string record;     ///< path of its list of files; may be missing
  };

  std::set<std::string> closure(std::set<std::string> distributions,
                                std::vector<std::string> Package::* of) const;
  void read_folder(const std::string& folder);
  void read_package(const std::string& path, bool egg);
  void add_needs_of_debian();

  std::map<std::string, Package> all_;
};

/// Whether the requirement's marker leaves this machine's Python ("3.11") out.
bool is_for_others(const Requirement& requirement, const std::string& python);

/// What the manifest names for this machine's Python and is not installed.
std::vector<const Requirement*> absent(const Dependencies& manifest, const Installed& installed,
                                       const std::string& python);

}  // namespace localfn::packages
