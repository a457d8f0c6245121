# Every dependency is a Debian/Ubuntu package; nothing is downloaded here.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED)
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)

# The worker embeds exactly the interpreter that was asked for, never the first one on PATH.
# What was found for another one in this folder before would be kept, and found not to fit.
if(NOT "${LOCALFN_PYTHON_FOUND}" STREQUAL "${LOCALFN_PYTHON}")
  get_cmake_property(known CACHE_VARIABLES)
  list(FILTER known INCLUDE REGEX "^_?(Python|PYTHON)_")
  foreach(name IN LISTS known)
    unset(${name} CACHE)
  endforeach()
endif()
set(Python_EXECUTABLE ${LOCALFN_PYTHON})
set(Python_FIND_VIRTUALENV STANDARD)
find_package(Python 3.9 REQUIRED COMPONENTS Interpreter Development.Embed)
set(PYBIND11_FINDPYTHON ON)
find_package(pybind11 REQUIRED)
set(LOCALFN_PYTHON_FOUND ${LOCALFN_PYTHON} CACHE INTERNAL "The Python of the last configuration")
message(STATUS "localfn worker: Python ${Python_VERSION} of ${LOCALFN_PYTHON}")
