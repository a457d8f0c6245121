// Environment files: NAME=VALUE lines with quotes, comments and an optional `export`.
//
// Nothing is expanded: `$` stands for itself. Pure. Any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/project/text.h"

namespace localfn {

struct DotenvFile {
  std::vector<std::pair<std::string, std::string>> variables;  ///< in order; later ones win
  std::vector<std::string> warnings;  ///< "FILE:LINE:COLUMN: …", one line each, without values
};

/// Reads `text` (decoded). A line that cannot be understood is left out with a warning.
DotenvFile parse_dotenv(const SourceText& source);

}  // namespace localfn
