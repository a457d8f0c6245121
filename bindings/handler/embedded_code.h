// The Python files of this folder, as text in the program (embed.cmake makes the source).
#pragma once

#include <vector>

namespace localfn {

struct EmbeddedFile {
  const char* name;  ///< shown in tracebacks: "<localfn>/handler.py"
  const char* text;
};

/// In the order in which they have to run.
const std::vector<EmbeddedFile>& embedded_files();

}  // namespace localfn
