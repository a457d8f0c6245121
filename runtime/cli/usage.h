// The texts of --help. Pure.
#pragma once

#include <string>
#include <string_view>

namespace localfn::cli {

/// One screen each: all commands, or the options of one with the values in force. A word that is no
/// command gets the text on all.
std::string usage(std::string_view command = "");

}  // namespace localfn::cli
