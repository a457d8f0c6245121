# A worker for each further Python of LOCALFN_PYTHONS, beside the first one.
#
# Each is a build of its own, since one build knows one Python: its headers, its library, and the
# pybind11 configured for it.
include(ExternalProject)

string(REPLACE ":" ";" pythons "${LOCALFN_PYTHONS}")
set(number 0)
foreach(python IN LISTS pythons)
  math(EXPR number "${number} + 1")
  ExternalProject_Add(localfn-worker-more-${number}
    SOURCE_DIR ${PROJECT_SOURCE_DIR}
    BINARY_DIR ${CMAKE_BINARY_DIR}/workers/${number}
    PREFIX ${CMAKE_BINARY_DIR}/workers/${number}-steps
    CMAKE_GENERATOR ${CMAKE_GENERATOR}
    CMAKE_ARGS
      -DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
      -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
      -DLOCALFN_PYTHON=${python} -DLOCALFN_WORKER_ONLY=ON
      -DCMAKE_RUNTIME_OUTPUT_DIRECTORY=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}
    BUILD_ALWAYS ON
    INSTALL_COMMAND ""
    USES_TERMINAL_BUILD ON)
  add_dependencies(localfn-worker localfn-worker-more-${number})
endforeach()
