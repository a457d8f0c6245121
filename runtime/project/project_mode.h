// How a project is served: separate functions, builds, or one app of a framework.
//
// The specification's section 0. Used while a Project is made. Any thread.
#pragma once

#include <optional>

#include "runtime/project/config.h"
#include "runtime/project/folder.h"
#include "runtime/project/project.h"

namespace localfn {

/// The app that `framework` of vercel.json asks for. Nothing when the key is not there or is null;
/// nothing and a warning when it names what localfn does not run.
std::optional<FrameworkApp> configured_framework(Config& config);

/// Once the functions are known, and vercel.json has neither `framework` nor `builds`: the app that
/// the manifests ask for where api/ has no function; a warning that the platform might see it
/// differently where it has one.
std::optional<FrameworkApp> framework_of_manifests(const Folder& folder, Project& project);

}  // namespace localfn
