# Run at build time: writes the hash of the sources into a source file, only when it has changed.
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env LOCALFN_PYTHON=${PYTHON} LOCALFN_PYTHONS=${PYTHONS}
    ${SOURCE_DIR}/cmake/source-hash
  OUTPUT_VARIABLE hash OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "cmake/source-hash failed: ${failed}")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
  "#include \"runtime/cli/version.h\"\nstd::string localfn::cli::source_hash() { return \"${hash}\"; }\n")
