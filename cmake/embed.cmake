# Turns Python sources into one C++ file, so that the worker needs no files beside it.
#
#   localfn_embed_python(TARGET bindings/python/scan.py …)
#   localfn_embed_templates(TARGET FOLDER kind/path …)
#
# localfn_embed_templates does the same with the files that localfn init writes, any text they may be.
#
# Run as a script (cmake -DOUTPUT=… -DINPUTS=a;b -P embed.cmake) it writes the C++ file itself: a new
# text in a source is then a new build step and not a new configure step.

# The text of `input` as a raw string of C++, in `result`.
function(localfn_raw_string input result)
  file(READ "${input}" source)
  string(FIND "${source}" ")localfn\"" clash)
  if(NOT clash EQUAL -1)
    message(FATAL_ERROR "cannot embed ${input}: it contains the end mark of a raw string")
  endif()
  set(${result} "R\"localfn(${source})localfn\"" PARENT_SCOPE)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE AND FOLDER)
  set(text "// Made by cmake/embed.cmake from ${FOLDER}.\n")
  string(APPEND text "#include \"runtime/cli/templates.h\"\n\nnamespace localfn::cli {\n\n")
  string(APPEND text "const TemplateFile kTemplateFiles[] = {\n")
  foreach(input IN LISTS INPUTS)
    string(REGEX MATCH "^([^/]+)/(.+)$" parts "${input}")
    set(kind "${CMAKE_MATCH_1}")
    set(path "${CMAKE_MATCH_2}")
    localfn_raw_string("${FOLDER}/${input}" source)
    string(APPEND text "    {\"${kind}\", \"${path}\", ${source}},\n")
  endforeach()
  string(APPEND text "    {nullptr, nullptr, nullptr},\n};\n\n}  // namespace localfn::cli\n")
  file(WRITE "${OUTPUT}" "${text}")
  return()
endif()

if(CMAKE_SCRIPT_MODE_FILE)
  set(text "// Made by cmake/embed.cmake from bindings/python/.\n")
  string(APPEND text "#include \"bindings/embedded.h\"\n\nnamespace localfn {\n\n")
  string(APPEND text "const EmbeddedSource kEmbeddedSources[] = {\n")
  foreach(input IN LISTS INPUTS)
    get_filename_component(name "${input}" NAME_WE)
    localfn_raw_string("${input}" source)
    string(APPEND text "    {\"${name}\", ${source}},\n")
  endforeach()
  string(APPEND text "    {nullptr, nullptr},\n};\n\n}  // namespace localfn\n")
  file(WRITE "${OUTPUT}" "${text}")
  return()
endif()

set(LOCALFN_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(localfn_embed_python target)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_sources.cpp)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE inputs)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DINPUTS=${inputs}"
            -P ${LOCALFN_EMBED_SCRIPT}
    DEPENDS ${inputs} ${LOCALFN_EMBED_SCRIPT}
    COMMENT "Embedding Python sources" VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()

function(localfn_embed_templates target folder)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/template_files.cpp)
  list(TRANSFORM ARGN PREPEND ${folder}/ OUTPUT_VARIABLE inputs)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DFOLDER=${folder} "-DINPUTS=${ARGN}"
            -P ${LOCALFN_EMBED_SCRIPT}
    DEPENDS ${inputs} ${LOCALFN_EMBED_SCRIPT}
    COMMENT "Embedding the files of localfn init" VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
