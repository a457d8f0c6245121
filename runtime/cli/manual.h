// localfn(1), made from the texts of --help. Pure.
#pragma once

#include <string>

namespace localfn::cli {

/// The page as man reads it: roff with the macros of man(7).
std::string manual(const std::string& version);

}  // namespace localfn::cli
