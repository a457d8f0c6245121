# What localfn says of itself: where it comes from and what it is built with.

# "OWNER/NAME" on GitHub: the workflow of localfn init uses the action of that repository.
set(repository "OWNER/localfn")
execute_process(COMMAND git -C ${PROJECT_SOURCE_DIR} config --get remote.origin.url
  OUTPUT_VARIABLE origin OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE no_origin)
if(NOT no_origin AND origin MATCHES "github\\.com[:/]([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)$")
  string(REGEX REPLACE "\\.git$" "" repository "${CMAKE_MATCH_1}")
endif()
set(LOCALFN_REPOSITORY "${repository}" CACHE STRING
    "OWNER/NAME of this repository on GitHub, for the workflow of localfn init")

set(LOCALFN_LIBRARIES "cpp-httplib ${HTTPLIB_VERSION}, nlohmann-json ${nlohmann_json_VERSION}")
string(APPEND LOCALFN_LIBRARIES ", PCRE2 ${PCRE2_VERSION}, OpenSSL ${OPENSSL_VERSION}")
string(APPEND LOCALFN_LIBRARIES ", fmt ${fmt_VERSION}, CLI11 ${CLI11_VERSION}")
string(APPEND LOCALFN_LIBRARIES ", pybind11 ${pybind11_VERSION}")
