// Where a project's probes come from: its files, or, without any, its functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/probes/reading.h"
#include "runtime/probes/report.h"
#include "runtime/project/project.h"

namespace localfn::cli {

/// A file of the project as people can open it from where they are: "web/probes.json".
std::string shown_path(const std::filesystem::path& directory, const std::string& file);

/// The probes of `files` (relative to the current folder), or of probes.json, else of vercel.json,
/// of the project. Throws UsageError when one cannot be read or has none.
probes::Probes read_probe_files(const std::filesystem::path& directory,
                                const std::vector<std::string>& files);

/// A GET for each function, which may not be answered with 5xx; parameters of its path are given
/// their own names. For an app: GET /.
std::vector<probes::Probe> smoke_probes(const std::filesystem::path& directory,
                                        const Project& project);

/// A class that has no do_GET answers 501 to a GET of smoke_probes(): it has been imported, which
/// is what was asked.
void forgive_missing_get(probes::Result& result);

}  // namespace localfn::cli
