# Run at build time: writes the commit of the sources into a source file, only when it has changed.
# Without git, outside a checkout, or as part of somebody else's checkout it is empty.
set(commit "")
find_program(GIT git)
if(GIT)
  set(git ${GIT} --no-optional-locks -C ${SOURCE_DIR})
  execute_process(COMMAND ${git} rev-parse --show-toplevel
    OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  file(REAL_PATH "${SOURCE_DIR}" sources)
  if(top STREQUAL sources)
    execute_process(COMMAND ${git} rev-parse --short=12 HEAD
      OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    execute_process(
      COMMAND ${git} status --porcelain -- CMakeLists.txt cmake runtime bindings
      OUTPUT_VARIABLE modified ERROR_QUIET)
    if(commit AND modified)
      string(APPEND commit "-modified")
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
  "#include \"runtime/cli/version.h\"\nstd::string localfn::cli::commit() { return \"${commit}\"; }\n")
