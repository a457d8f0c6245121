// What a directory listing shows. Pure. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/project/project.h"

namespace localfn {

struct ListingEntry {
  std::string name;  ///< "one.txt"; a folder's has a slash at its end
  std::string path;  ///< served path from the root, not encoded: "/docs/one.txt", "/docs/sub/"
  bool folder = false;
};

/// The entries of a listed directory ("/", "/docs/"): functions first, then static files in the
/// order of their names; each name once. Files that belong to the configuration are left out.
std::vector<ListingEntry> list_directory(const Project& project, std::string_view directory);

}  // namespace localfn
