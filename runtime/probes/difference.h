// Where two texts differ, in few lines that a person can read. Pure.
#pragma once

#include <string>
#include <string_view>

namespace localfn::probes {

/// Lines as "  same", "- expected", "+ got", with a little of what stands around; texts of one long
/// line are cut around the first difference. Control characters are shown. Empty when the texts are
/// equal, and when they are so short that showing both says more.
std::string difference(std::string_view expected, std::string_view got);

}  // namespace localfn::probes
