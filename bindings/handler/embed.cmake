# cmake -DOUTPUT=x.cpp "-DINPUTS=a.py;b.py" -P embed.cmake: Python sources as C++ string literals.
set(entries "")
foreach(input IN LISTS INPUTS)
  file(READ ${input} text)
  get_filename_component(name ${input} NAME)
  string(APPEND entries "      {\"<localfn>/${name}\", R\"embedded(${text})embedded\"},\n")
endforeach()
file(WRITE ${OUTPUT}
"// Made by embed.cmake from the Python files beside it.
#include \"bindings/handler/embedded_code.h\"

namespace localfn {

const std::vector<EmbeddedFile>& embedded_files() {
  static const std::vector<EmbeddedFile> files{
${entries}  };
  return files;
}

}  // namespace localfn
")
