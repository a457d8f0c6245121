// The rules between the folders of runtime/ and bindings/: who may include what, and which calls are
// made in one place only. Each rule looks at one file and tells every line that breaks it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace localfn::architecture {

/// Lines "runtime/http/x.cpp:12: what is wrong and what the rule is"; empty when all rules hold.
/// `path` is relative to the top of the source tree, with slashes.
std::vector<std::string> violations(std::string_view path, std::string_view text);

/// The folder that the rules speak of: "runtime/http", "bindings", … ; subfolders belong to it.
std::string part_of(std::string_view path);

}  // namespace localfn::architecture
