// Exceptions as text for people.
#include <pybind11/eval.h>

#include "bindings/adapter.h"
#include "tests/bindings/support/embedded_python.h"
#include "tests/bindings/support/worker_under_test.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;
namespace py = pybind11;

namespace {

// What the code raises, described. The code stands in api/x.py of a project.
wire::Failure failure_of(const TempProject& project, const std::string& code, bool debug = false) {
  need_python();
  project.write("api/x.py", code);
  py::dict names;
  names["path"] = project.path("api/x.py");
  try {
    py::exec("exec(compile(open(path).read(), path, 'exec'), {'__name__': 'api.x'})", names);
  } catch (py::error_already_set& error) {
    PyException_SetTraceback(error.value().ptr(), error.trace().ptr());
    return describe_exception(error.value(), project.path(), debug);
  }
  throw std::runtime_error("the code raised nothing");
}

std::string text_of(const std::string& code) {
  const TempProject project;
  return failure_of(project, code).traceback;
}

}  // namespace

TEST_CASE("frames of the project come innermost first, with their source", "[failure]") {
  const TempProject project;
  const auto failure = failure_of(project, "def f():\n    raise ValueError('boom')\nf()\n");
  CHECK(failure.error == "ValueError: boom");
  CHECK(failure.file == "api/x.py");
  CHECK(failure.line == 2);
  CHECK(failure.source == "raise ValueError('boom')");
  CHECK(failure.traceback ==
        "ValueError: boom\n  api/x.py:2  f\n    raise ValueError('boom')\n"
        "  api/x.py:3  <module>\n    f()");
}

TEST_CASE("frames of the library are hidden, unless they are wanted", "[failure]") {
  const TempProject project;
  const std::string code = "import json\njson.loads('{')\n";
  const auto failure = failure_of(project, code);
  CHECK_THAT(failure.error, StartsWith("json.decoder.JSONDecodeError: "));
  CHECK_THAT(failure.traceback, !ContainsSubstring("raw_decode"));
  CHECK(failure.line == 2);
  CHECK_THAT(failure_of(project, code, true).traceback, ContainsSubstring("raw_decode"));
}

TEST_CASE("without a frame of the project the innermost ones are shown", "[failure]") {
  need_python();
  try {
    py::exec("import json\njson.loads('{')");
  } catch (py::error_already_set& error) {
    PyException_SetTraceback(error.value().ptr(), error.trace().ptr());
    const auto failure = describe_exception(error.value(), "/nonexistent", false);
    CHECK_THAT(failure.traceback, ContainsSubstring("decode"));
    CHECK(failure.file.empty());
  }
}

TEST_CASE("causes and contexts follow as blocks of their own", "[failure]") {
  CHECK(text_of("try:\n  1/0\nexcept Exception as e:\n  raise KeyError('k') from e\n") ==
        "KeyError: 'k'\n  api/x.py:4  <module>\n    raise KeyError('k') from e\n"
        "caused by: ZeroDivisionError: division by zero\n  api/x.py:2  <module>\n    1/0");
  CHECK_THAT(text_of("try:\n  1/0\nexcept Exception:\n  {}['k']\n"),
             ContainsSubstring("\nwhile handling: ZeroDivisionError: division by zero\n"));
  CHECK_THAT(text_of("try:\n  1/0\nexcept Exception:\n  raise KeyError('k') from None\n"),
             !ContainsSubstring("ZeroDivisionError"));
}

TEST_CASE("a chain that leads back to itself ends", "[failure]") {
  CHECK_THAT(text_of("a, b = ValueError('a'), ValueError('b')\na.__cause__ = b\nb.__cause__ = a\n"
                     "raise a\n"),
             StartsWith("ValueError: a\n"));
}

TEST_CASE("a syntax error shows its line and a caret under the place", "[failure]") {
  const TempProject project;
  const auto failure = failure_of(project, "if 1:\n\tif x = 2:\n\t\tpass\n");
  CHECK(failure.file == "api/x.py");
  CHECK(failure.line == 2);
  // The parser before Python 3.10 points behind what it could not read.
  CHECK_THAT(failure.traceback, ContainsSubstring("\n  api/x.py:2\n    if x = 2:\n       ^") ||
                                    ContainsSubstring("\n  api/x.py:2\n    if x = 2:\n         ^"));
  CHECK_THAT(failure.traceback, !ContainsSubstring("<string>"));
  CHECK(text_of("x = (1,\ny = $\n").find('^') != std::string::npos);
}

TEST_CASE("deep recursion is told in a few lines", "[failure]") {
  const auto text = text_of("def f(): f()\nf()\n");
  CHECK_THAT(text, StartsWith("RecursionError: maximum recursion depth exceeded"));
  CHECK_THAT(text, ContainsSubstring("(the same frame "));
  CHECK(text.size() < 2000);
}

TEST_CASE("a hostile exception is still described", "[failure]") {
  CHECK_THAT(text_of("class E(Exception):\n  def __str__(self): raise 1\nraise E()\n"),
             StartsWith("api.x.E: (its message cannot be shown"));
  CHECK_THAT(text_of("raise ValueError('\\udcff')\n"), StartsWith("ValueError: \\udcff\n"));
  CHECK(text_of("raise ValueError('x' * 1000000)\n").size() < 40'000);
  CHECK_THAT(text_of("class E(BaseException):\n  def __getattribute__(self, n): raise E\nraise E()"),
             ContainsSubstring("E"));
}

TEST_CASE("a message of several lines is kept, its first line is the error", "[failure]") {
  const TempProject project;
  const auto failure = failure_of(project, "raise ValueError('one\\ntwo')\n");
  CHECK(failure.error == "ValueError: one");
  CHECK_THAT(failure.traceback, StartsWith("ValueError: one\ntwo\n  api/x.py:1"));
}

TEST_CASE("the exceptions of a group are told one by one", "[failure]") {
  need_python();
  if (PY_VERSION_HEX < 0x030B0000) return;  // there are no groups before Python 3.11
  const auto text = text_of("raise ExceptionGroup('g', [ValueError('a'), KeyError('b')])\n");
  CHECK_THAT(text, StartsWith("ExceptionGroup: g (2 sub-exceptions)\n"));
  CHECK_THAT(text, ContainsSubstring("\n  1 of 2: ValueError: a"));
  CHECK_THAT(text, ContainsSubstring("\n  2 of 2: KeyError: 'b'"));
}

TEST_CASE("the exception that is set is described and cleared", "[failure]") {
  need_python();
  PyErr_SetString(PyExc_ValueError, "set");
  CHECK(describe_exception(py::handle(), "/", false).error == "ValueError: set");
  CHECK(PyErr_Occurred() == nullptr);
}
