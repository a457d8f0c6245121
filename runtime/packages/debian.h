// What Debian's packages of Python modules need of each other.
//
// Debian takes the needs out of the metadata of what it packs (setuptools' requires.txt) and keeps
// them as dependencies of its own packages. Reads the disk: milliseconds. Any thread.
#pragma once

#include <map>
#include <set>
#include <string>

namespace localfn::packages {

/// By the names of metadata folders in `modules` ("Flask-2.2.2.egg-info"): those of what each needs.
/// `dpkg` is "/var/lib/dpkg"; empty where there is none.
std::map<std::string, std::set<std::string>> debian_needs(const std::string& dpkg,
                                                          const std::string& modules);

}  // namespace localfn::packages
