// How a project is served: separate functions, builds, or one app of a framework.
//
// The specification's section 0. Used while a Project is made. Any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "runtime/project/app_entry.h"
#include "runtime/project/config.h"
#include "runtime/project/folder.h"
#include "runtime/project/manifest.h"
#include "runtime/project/project.h"

namespace localfn {

/// "flask" → "Flask".
std::string framework_name(const std::string& slug);

/// The app that `framework` of vercel.json asks for. Nothing when the key is not there or is null;
/// nothing and a warning when it names what localfn does not run.
std::optional<FrameworkApp> configured_framework(Config& config);

/// Notes whether the project has a manifest, without which the platform never serves the app; a
/// warning when it has none.
void check_anchor(Project& project);

/// The app for which the platform might take a project of functions, because of its manifests, and
/// which would be something else than they are; none beside a JavaScript framework, whose functions
/// they stay. `has_rules`: rewrites or routes.
std::optional<FrameworkApp> differing_preset(const Manifests& manifests, const Project& project,
                                             bool has_rules);

/// Once the functions are known, and vercel.json has neither `framework` nor `builds`: the app that
/// the manifests ask for where api/ has no function; a warning that the platform might see it
/// differently where it has one.
std::optional<FrameworkApp> framework_of_manifests(const Folder& folder, const Config& config,
                                                   Project& project);

/// Finds the entry point of the project's app, once its files and environment are known; a warning
/// when there is none, for then the deployment fails.
void find_app(const Folder& folder, const Config& config, const EntryLookup& look_up,
              std::chrono::seconds default_limit, const Project* before, Project& project);

}  // namespace localfn
