// Opens a file of the project for reading, and nothing but a file of the project.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "runtime/base/fd.h"

namespace localfn::http {

struct ProjectFile {
  UniqueFd fd;  ///< empty when there is no such file
  struct stat info {};
  bool out_of_means = false;  ///< no descriptors or memory left: the file may well exist
  std::string problem;        ///< "cannot open public/a.txt: permission denied"; set without fd
};

/// Opens `file` (relative to `root`). Links are followed as long as they stay inside the project;
/// one that leaves it, and anything but a regular file, is a problem. Never blocks on a fifo.
ProjectFile open_project_file(const std::filesystem::path& root, const std::string& file);

}  // namespace localfn::http
