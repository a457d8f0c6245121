// Workflow commands: lines on stdout that GitHub Actions shows at a line of a changed file. Pure.
#pragma once

#include <string>
#include <string_view>

namespace localfn {

struct Annotation {
  std::string_view level;  ///< "error", "warning" or "notice"
  std::string file;        ///< relative to the top of the repository; empty: of no file
  int line = 0;            ///< from 1; 0: the whole file
  int column = 0;          ///< from 1; 0: the whole line
  std::string_view title;
  std::string_view text;  ///< may have several lines
};

/// One line, with its newline; whatever is in the parts cannot end it or begin another.
std::string workflow_command(const Annotation& annotation);

}  // namespace localfn
