// Catch2 2 makes its main() here; Catch2 3 brings one in a library.
#if __has_include(<catch2/catch_all.hpp>)
namespace localfn {}
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
