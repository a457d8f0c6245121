# Warnings and sanitizers as INTERFACE targets: only our own code links them.

add_library(localfn_options INTERFACE)
target_compile_options(localfn_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wno-psabi
  # GCC 12 sees overlaps in std::string that are not there.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
# A short request makes some 200 calls of libraries in the host alone, through cold code: the stubs
# of the linkage table, and functions that are not inlined because somebody might replace them, cost
# it 2 %.
include(CheckCXXCompilerFlag)
foreach(flag no-plt no-semantic-interposition)
  string(MAKE_C_IDENTIFIER "LOCALFN_HAS_${flag}" has)
  check_cxx_compiler_flag(-f${flag} ${has})
  if(${has})
    target_compile_options(localfn_options INTERFACE -f${flag})
  endif()
endforeach()
if(LOCALFN_WERROR)
  target_compile_options(localfn_options INTERFACE -Werror)
endif()
target_include_directories(localfn_options INTERFACE ${PROJECT_SOURCE_DIR})

if(LOCALFN_SANITIZE)
  # For the whole build: a sanitizer that sees only half of a program reports ghosts.
  add_compile_options(-fsanitize=${LOCALFN_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LOCALFN_SANITIZE})
  add_compile_definitions(LOCALFN_SANITIZED=1)
endif()
