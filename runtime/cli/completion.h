// What shells complete of a localfn command line, made from the texts of --help. Pure.
#pragma once

#include <string>
#include <string_view>

namespace localfn::cli {

/// The file that `shell` (bash, zsh or fish) reads. Throws UsageError for any other.
std::string completion(std::string_view shell);

/// Of them each in its own form; completion() picks.
std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace localfn::cli
