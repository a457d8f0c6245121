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
set(Python_EXECUTABLE ${LOCALFN_PYTHON})
set(Python_FIND_VIRTUALENV STANDARD)
find_package(Python 3.9 REQUIRED COMPONENTS Interpreter Development.Embed)
set(PYBIND11_FINDPYTHON ON)
find_package(pybind11 REQUIRED)
message(STATUS "localfn worker: Python ${Python_VERSION} of ${LOCALFN_PYTHON}")
