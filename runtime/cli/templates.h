// The files that `localfn init` writes: those of runtime/cli/templates/, embedded by the build.
#pragma once

namespace localfn::cli {

struct TemplateFile {
  const char* kind;  ///< "handler", "flask", "fastapi", or "common" for what all of them get
  const char* path;  ///< within the project
  const char* text;
};

/// In the order in which they are listed in CMakeLists.txt; ends with one whose kind is null.
extern const TemplateFile kTemplateFiles[];

}  // namespace localfn::cli
