// The rules themselves: each finds what it is there for, and nothing else.
#include "tests/unit/architecture/rules.h"

#include "tests/support/catch.h"
#include "tests/unit/architecture/source_text.h"

namespace localfn::architecture {
namespace {

bool breaks(std::string_view path, std::string_view text) {
  return !violations(path, text).empty();
}

}  // namespace

TEST_CASE("httplib.h is allowed in runtime/http only", "[architecture]") {
  CHECK_FALSE(breaks("runtime/http/server.cpp", "#include <httplib.h>\n"));
  CHECK(breaks("runtime/cli/dev.cpp", "#include <httplib.h>\n"));
  CHECK(breaks("runtime/base/fd.cpp", "  #  include \"/usr/include/httplib.h\"\n"));
  CHECK(breaks("bindings/instance.cpp", "#if __has_include(<httplib.h>)\n"));
}

TEST_CASE("Python is allowed in bindings only", "[architecture]") {
  CHECK_FALSE(breaks("bindings/x.h", "#include <Python.h>\n#include <pybind11/embed.h>\n"));
  CHECK(breaks("runtime/functions/pool.cpp", "#include <Python.h>\n"));
  CHECK(breaks("runtime/http/front.h", "#include <pybind11/pybind11.h>\n"));
  CHECK(breaks("runtime/base/fd.h", "#include <python3.11/Python.h>\n"));
}

TEST_CASE("dependencies point down, never up or across", "[architecture]") {
  CHECK_FALSE(breaks("runtime/cli/dev.cpp", "#include \"runtime/http/front.h\"\n"));
  CHECK_FALSE(breaks("runtime/http/x.cpp", "#include \"runtime/functions/pool.h\"\n"));
  CHECK_FALSE(breaks("runtime/functions/x.cpp", "#include \"runtime/project/project.h\"\n"));
  CHECK_FALSE(breaks("runtime/http/pages/x.cpp", "#include \"runtime/http/front.h\"\n"));
  CHECK(breaks("runtime/http/x.cpp", "#include \"runtime/cli/options.h\"\n"));
  CHECK(breaks("runtime/functions/x.cpp", "#include \"runtime/http/front.h\"\n"));
  CHECK(breaks("runtime/functions/x.cpp", "#include \"runtime/routing/route.h\"\n"));
  CHECK(breaks("runtime/routing/x.cpp", "#include \"runtime/functions/pool.h\"\n"));
  CHECK(breaks("runtime/project/x.cpp", "#include \"runtime/routing/route.h\"\n"));
  CHECK(breaks("runtime/base/x.cpp", "#include \"runtime/project/project.h\"\n"));
}

TEST_CASE("runtime and bindings meet in runtime/base only", "[architecture]") {
  CHECK_FALSE(breaks("bindings/x.cpp", "#include \"runtime/base/wire.h\"\n"));
  CHECK_FALSE(breaks("bindings/handler/x.cpp", "#include \"bindings/adapter.h\"\n"));
  for (const auto* part : {"http", "routing", "project", "functions", "cli"}) {
    CHECK(breaks("bindings/x.cpp", "#include \"runtime/" + std::string(part) + "/y.h\"\n"));
  }
  CHECK(breaks("runtime/base/x.cpp", "#include \"bindings/adapter.h\"\n"));
  CHECK(breaks("runtime/cli/x.cpp", "#include <bindings/adapter.h>\n"));
}

TEST_CASE("an include that hides its folder is found", "[architecture]") {
  CHECK(breaks("runtime/base/x.cpp", "#include \"../http/front.h\"\n"));
  CHECK(breaks("runtime/base/x.cpp", "#include \"fd.h\"\n"));
}

TEST_CASE("fork is called in bindings only", "[architecture]") {
  CHECK_FALSE(breaks("bindings/zygote.cpp", "pid = fork();\n"));
  CHECK(breaks("runtime/functions/zygote.cpp", "pid = ::fork ();\n"));
  CHECK(breaks("runtime/functions/zygote.cpp", "pid = vfork();\n"));
  CHECK_FALSE(breaks("runtime/base/x.cpp", "forked(); PyOS_AfterFork_Child(); pitchfork();\n"));
}

TEST_CASE("nothing runs a shell or sleeps", "[architecture]") {
  CHECK(breaks("runtime/cli/x.cpp", "std::system(\"ls\");\n"));
  CHECK(breaks("bindings/x.cpp", "auto* f = popen(command, \"r\");\n"));
  CHECK_FALSE(breaks("runtime/base/x.cpp", "throw std::system_error(code);\n"));
  CHECK(breaks("runtime/http/x.cpp", "std::this_thread::sleep_for(1ms);\n"));
  CHECK(breaks("bindings/x.cpp", "usleep(10);\n"));
  CHECK(breaks("bindings/x.cpp", "int n = 1'000; char q = '\"'; sleep(1);\n"));
}

TEST_CASE("comments and literals are no code", "[architecture]") {
  CHECK_FALSE(breaks("runtime/base/x.cpp", "// fork() copies one thread\n/* sleep(1)\n */\n"));
  CHECK_FALSE(breaks("runtime/base/x.cpp", "auto t = \"fork() \\\" fork()\"; char c = '\\'';\n"));
  CHECK_FALSE(breaks("runtime/base/x.cpp", "auto t = R\"x(fork() )\" fork())x\";\n"));
  CHECK_FALSE(breaks("runtime/base/x.cpp", "/*\n#include <httplib.h>\n*/\n"));
  CHECK(breaks("runtime/base/x.cpp", "/* \" */ fork(); // \"\n"));
  CHECK(breaks("runtime/base/x.cpp", "auto url = \"http://x\"; fork();\n"));
  CHECK(breaks("runtime/base/x.cpp", "auto t = R\"(a \" b)\"; fork();\n"));
}

TEST_CASE("a violation names file, line and rule", "[architecture]") {
  const auto found = violations("runtime/base/x.cpp", "\n// fork()\nint f() {\n  fork();\n}\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0] ==
        "runtime/base/x.cpp:4: only bindings/ forks; the host starts processes by exec");
}

TEST_CASE("a folder without a rule is reported", "[architecture]") {
  CHECK(breaks("runtime/extras/x.cpp", ""));
}

}  // namespace localfn::architecture
