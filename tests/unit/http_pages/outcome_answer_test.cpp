#include "runtime/http/pages/outcome_answer.h"

#include <algorithm>
#include <csignal>

#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::http;

namespace {

Function function_at(const std::string& file, const std::string& variable = "handler") {
  Function function;
  function.file = file;
  function.variable = variable;
  return function;
}

Answer describe_for(const Outcome& outcome, const std::string& variable = "handler") {
  return describe(outcome, function_at("api/x.py", variable), Project{});
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

wire::Failure boom() {
  return {"ValueError: boom",
          "ValueError: boom\n  api/x.py:7  do_GET\n    raise ValueError(\"boom\")", "api/x.py", 7,
          "raise ValueError(\"boom\")"};
}

wire::Failure failure_of(const std::string& error, const std::string& source = "") {
  return {error, error + "\n  api/x.py:1  <module>", "api/x.py", 1, source};
}

constexpr int killed_by(int signal_number) { return signal_number; }
constexpr int exited_with(int code) { return code << 8; }

Died died(int wait_status) {
  Died outcome;
  outcome.wait_status = wait_status;
  outcome.known = true;
  return outcome;
}

}  // namespace

TEST_CASE("every outcome has its status and code", "[pages][outcome]") {
  struct Case {
    Outcome outcome;
    int status;
    const char* code;
  };
  TimedOut late;
  late.limit = milliseconds(10'000);
  const Case cases[] = {
      {Reply{}, 0, ""},
      {HandlerRaised{boom()}, 500, "FUNCTION_INVOCATION_FAILED"},
      {NoResponse{"do_GET returned without send_response()"}, 500, "FUNCTION_INVOCATION_FAILED"},
      {ImportFailed{boom(), 1}, 500, "FUNCTION_INVOCATION_FAILED"},
      {late, 504, "FUNCTION_INVOCATION_TIMEOUT"},
      {died(killed_by(SIGSEGV)), 500, "FUNCTION_INVOCATION_FAILED"},
      {TooLarge{4'718'592}, 413, "FUNCTION_PAYLOAD_TOO_LARGE"},
      {Overloaded{"no instance was free for 5 s"}, 503, "FUNCTION_THROTTLED"},
      {ClientGone{}, 0, ""},
  };
  for (const Case& row : cases) {
    const Answer answer = describe_for(row.outcome);
    CHECK(answer.status == row.status);
    CHECK(answer.code == row.code);
    CHECK(answer.title.empty() == (row.status == 0));
    CHECK_FALSE(answer.cut);
    for (const std::string& line : answer.terminal) {
      INFO(line);
      CHECK(line.size() <= 80);
    }
  }
}

TEST_CASE("a plain reply has nothing to say", "[pages][outcome]") {
  const Answer answer = describe_for(Reply{});
  CHECK(answer.tone == Tone::Quiet);
  CHECK(answer.terminal.empty());
  CHECK(answer.details.empty());
}

TEST_CASE("an exception's traceback reaches terminal and page unbroken", "[pages][outcome]") {
  wire::Failure failure = boom();
  failure.traceback += "\n    " + std::string(200, 'x');
  const Answer answer = describe_for(HandlerRaised{failure});
  CHECK(answer.tone == Tone::Loud);
  REQUIRE(answer.terminal.size() == 4);
  CHECK(answer.terminal[0] == "ValueError: boom");
  CHECK(answer.terminal[1] == "  api/x.py:7  do_GET");
  CHECK(answer.terminal[3].size() == 204);
  CHECK(answer.details.headline == "ValueError: boom");
  CHECK(answer.details.where == "api/x.py:7");
  CHECK(answer.details.source == "raise ValueError(\"boom\")");
  CHECK(answer.details.traceback == failure.traceback);
  CHECK_FALSE(answer.details.advice.empty());
}

TEST_CASE("text of a function cannot steer the terminal", "[pages][outcome]") {
  const Answer answer =
      describe_for(HandlerRaised{failure_of("ValueError: \x1b[2J\a\xc2\x9bm\xc3\xa9")});
  CHECK(answer.terminal[0] == "ValueError: \\x1b[2J\\x07\\x9bm\xc3\xa9");
}

TEST_CASE("an exception after the head is loud but answers nothing", "[pages][outcome]") {
  Reply reply;
  reply.failure = boom();
  Answer answer = describe_for(reply);
  CHECK(answer.status == 0);
  CHECK(answer.tone == Tone::Loud);
  CHECK_FALSE(answer.cut);
  CHECK_THAT(joined(answer.terminal), ContainsSubstring("raise ValueError"));
  CHECK_THAT(joined(answer.terminal), ContainsSubstring("the head had left before"));
  reply.truncated = true;
  CHECK(describe_for(reply).cut);
}

TEST_CASE("what a 500 was sent for is not told as news from after the answer", "[pages][outcome]") {
  Reply reply;
  reply.failure = boom();
  reply.whole = true;
  reply.status = 500;
  const std::string failure = joined(describe_for(reply).terminal);
  CHECK_THAT(failure, ContainsSubstring("raise ValueError"));
  CHECK_THAT(failure, !ContainsSubstring("had its whole answer"));
  reply.status = 200;
  CHECK_THAT(joined(describe_for(reply).terminal), ContainsSubstring("had its whole answer"));
}

TEST_CASE("a body shorter than its length is cut and explained", "[pages][outcome]") {
  Reply reply;
  reply.truncated = true;
  const Answer answer = describe_for(reply);
  CHECK(answer.cut);
  CHECK_THAT(joined(answer.terminal), ContainsSubstring("shorter than its Content-Length"));
  CHECK_THAT(joined(answer.terminal), !ContainsSubstring("characters"));
}

TEST_CASE("a header with a line break is not advised to call start_response", "[pages][outcome]") {
  const NoResponse refused{"header X-A has a line break or a NUL in its value"};
  for (const char* variable : {"app", "handler"}) {
    const std::string text = joined(describe_for(refused, variable).terminal);
    CHECK_THAT(text, ContainsSubstring("take it out of values"));
    CHECK_THAT(text, !ContainsSubstring("start_response"));
    CHECK_THAT(text, !ContainsSubstring("send_response"));
  }
}

TEST_CASE("what is wrong in a head that is there is not answered with how to send one",
          "[pages][outcome]") {
  const auto text = [](const std::string& reason) {
    return joined(describe_for(NoResponse{reason}).terminal);
  };
  for (const char* reason : {"\"Content Type\" is not a name for a header",
                             "status 1000 is not one of 200 to 999",
                             "its chunked body ends before the last chunk"}) {
    CHECK_THAT(text(reason), !ContainsSubstring("hint:"));
  }
  CHECK_THAT(text("called sys.exit()"), ContainsSubstring("with `return`"));
  CHECK_THAT(text("its head has a second status line \"HTTP/1.0 500 X\""),
             ContainsSubstring("decide on the status first"));
  CHECK_THAT(text("it wrote \"Hello\" before a status line; call send_response() first"),
             ContainsSubstring("in that order"));
}

TEST_CASE("an app that does not start is not told to be unimportable", "[pages][outcome]") {
  ImportFailed failed;
  failed.failure = boom();
  CHECK_THAT(joined(describe_for(failed, "app").terminal), ContainsSubstring("cannot be imported"));
  failed.failure.traceback += "\nApplication startup failed. Exiting.";
  CHECK_THAT(joined(describe_for(failed, "app").terminal), ContainsSubstring("does not start:"));
}

TEST_CASE("a missing answer says what was seen and what to write", "[pages][outcome]") {
  const std::string text =
      joined(describe_for(NoResponse{"do_GET returned without send_response()"}).terminal);
  CHECK_THAT(text, ContainsSubstring("api/x.py: do_GET returned without send_response()"));
  CHECK_THAT(text, ContainsSubstring("self.send_response(200)"));
  CHECK_THAT(joined(describe_for(NoResponse{"send_header() without end_headers()"}).terminal),
             ContainsSubstring("the head leaves with `self.end_headers()`"));
  CHECK_THAT(joined(describe_for(NoResponse{""}, "app").terminal),
             ContainsSubstring("start_response"));
}

TEST_CASE("an import that fails names its file", "[pages][outcome]") {
  const Answer raised = describe_for(ImportFailed{boom(), 1});
  CHECK(raised.tone == Tone::Loud);
  CHECK(raised.terminal[0] == "api/x.py cannot be imported:");
  CHECK(raised.terminal[1] == "ValueError: boom");
}

TEST_CASE("a timeout names the limit, where the function was and the setting", "[pages][outcome]") {
  TimedOut late;
  late.limit = milliseconds(1500);
  late.stack = "api/x.py:9  do_GET\n  time.sleep(60)";
  const Answer answer = describe_for(late);
  const std::string text = joined(answer.terminal);
  CHECK_THAT(text, ContainsSubstring("api/x.py did not end within 1.5 s (maxDuration)"));
  CHECK_THAT(text, ContainsSubstring("it was in:\n  api/x.py:9  do_GET\n    time.sleep(60)"));
  CHECK_THAT(text, ContainsSubstring("maxDuration\": …"));
  late.importing = true;
  late.limit = milliseconds(10'000);
  CHECK_THAT(joined(describe_for(late).terminal),
             ContainsSubstring("the import of api/x.py did not end within 10 s"));
}

TEST_CASE("a timeout after the head cuts the connection instead of answering", "[pages][outcome]") {
  TimedOut late;
  late.limit = milliseconds(1000);
  late.head_sent = true;
  const Answer answer = describe_for(late);
  CHECK(answer.cut);
  CHECK(answer.status == 0);
  CHECK(answer.code.empty());
  CHECK_THAT(joined(answer.terminal), ContainsSubstring("connection was cut"));
}

TEST_CASE("a death is told by how it came", "[pages][outcome]") {
  const auto text = [](const Died& outcome) { return joined(describe_for(outcome).terminal); };
  CHECK_THAT(text(died(killed_by(SIGSEGV))),
             ContainsSubstring("was killed by SIGSEGV in the middle"));
  CHECK_THAT(text(died(killed_by(SIGSEGV))), ContainsSubstring("native code"));
  CHECK_THAT(text(died(killed_by(SIGKILL))), ContainsSubstring("out of memory"));
  CHECK_THAT(text(died(exited_with(3))), ContainsSubstring("exited with status 3"));
  CHECK_THAT(text(died(exited_with(3))), ContainsSubstring("os._exit()"));
  CHECK_THAT(text(died(killed_by(SIGUSR1))), ContainsSubstring("SIGUSR1"));
  Died unknown;
  unknown.last_stderr = "Fatal Python error\n\x1b[1mline two\n";
  CHECK_THAT(
      text(unknown),
      ContainsSubstring("last words on stderr:\n  Fatal Python error\n  \\x1b[1mline two\n"));
  Died importing = died(killed_by(SIGABRT));
  importing.importing = true;
  CHECK_THAT(text(importing), ContainsSubstring("during the import"));
  importing.wait_status = exited_with(3);
  CHECK_THAT(text(importing), ContainsSubstring("raise an"));
  Died by_us = died(killed_by(SIGKILL));
  by_us.by_us = true;
  CHECK_THAT(text(by_us), ContainsSubstring("another request"));
  Died late = died(killed_by(SIGSEGV));
  late.head_sent = true;
  CHECK(describe_for(late).cut);
  CHECK(describe_for(late).status == 0);
}

TEST_CASE("limits are told in the units people know", "[pages][outcome]") {
  CHECK_THAT(joined(describe_for(TooLarge{4'718'592}).terminal),
             ContainsSubstring("larger than 4.5 MB"));
  CHECK_THAT(joined(describe_for(Overloaded{"no instance was free for 5 s"}).terminal),
             ContainsSubstring("api/x.py: no instance was free for 5 s"));
}

TEST_CASE("a client that left is a dim note", "[pages][outcome]") {
  const Answer answer = describe_for(ClientGone{});
  CHECK(answer.tone == Tone::Dim);
  CHECK(answer.terminal.size() == 1);
}

TEST_CASE("beginners' exceptions come with what to write instead", "[pages][hints]") {
  const auto hints = [](const wire::Failure& failure, const Project& project = {}) {
    const Answer answer = describe(HandlerRaised{failure}, function_at("api/shop/x.py"), project);
    std::string text;
    for (const std::string& line : answer.terminal) text += line + " ";
    return text.find("hint:") == std::string::npos ? "" : text.substr(text.find("hint:"));
  };
  CHECK(hints(boom()).empty());
  const std::string not_text = "TypeError: a bytes-like object is required, not 'str'";
  CHECK_THAT(hints(failure_of(not_text, "self.wfile.write(text)")),
             ContainsSubstring("`self.wfile.write()` takes bytes"));
  CHECK_THAT(hints(failure_of(not_text, "json.dump(data, self.wfile)")),
             ContainsSubstring("json.dumps(data).encode()"));
  CHECK_THAT(hints(failure_of(not_text, "print(text, file=self.wfile)")),
             ContainsSubstring("text.encode()"));
  CHECK_THAT(hints(failure_of(not_text, "open('/tmp/x', 'wb').write('text')")),
             !ContainsSubstring("wfile"));
  CHECK_THAT(hints(failure_of(not_text, "self.wfile.write(body.replace(',', ';'))")),
             ContainsSubstring("takes bytes"));
  CHECK_THAT(hints(failure_of(not_text, "parts = body.split(',')")), ContainsSubstring("do not mix"));
  CHECK_THAT(hints(failure_of(not_text, "json.dump(data, open('/tmp/x', 'wb'))")),
             !ContainsSubstring("wfile"));
  const std::string no_length = "TypeError: int() argument must be a string, not 'NoneType'";
  CHECK_THAT(hints(failure_of(no_length, "n = int(self.headers['Content-Length'])")),
             ContainsSubstring("the request has no Content-Length"));
  CHECK(hints(failure_of("TypeError: object of type 'NoneType' has no len()",
                         "self.send_header('Content-Length', str(len(data)))"))
            .empty());
  CHECK_THAT(hints(failure_of("SystemExit: 1", "sys.exit(1)")), ContainsSubstring("__main__"));
  const std::string no_json = "json.decoder.JSONDecodeError: Expecting value";
  CHECK_THAT(hints(failure_of(no_json, "json.load(open('x.json'))")), !ContainsSubstring("400"));
  CHECK_THAT(hints(failure_of(no_json, "json.loads(body)")), ContainsSubstring("answer 400"));
  const std::string no_latin = "UnicodeEncodeError: 'latin-1' codec can't encode character";
  CHECK_THAT(hints(failure_of(no_latin, "self.send_header('X-A', name)")),
             ContainsSubstring("urllib.parse.quote"));
  CHECK(hints(failure_of(no_latin, "text.encode('latin-1')")).empty());
  CHECK_THAT(hints(failure_of("TypeError: handle_request() takes 1 positional argument",
                              "self.handle_request('GET')")),
             ContainsSubstring("another name"));
  CHECK_THAT(hints(failure_of("ModuleNotFoundError: No module named 'requests'")),
             ContainsSubstring("`requests` is not installed"));
  const std::string of_google = "ImportError: cannot import name 'genai' from 'google' ";
  CHECK_THAT(hints(failure_of(of_google + "(unknown location)", "from google import genai")),
             ContainsSubstring("google-genai"));
  CHECK(hints(failure_of(of_google + "(/usr/google.py)", "from google import genai")).empty());
  CHECK_THAT(hints(failure_of("KeyError: 'TOKEN'", "t = os.environ['TOKEN']")),
             ContainsSubstring("--env TOKEN"));
  CHECK(hints(failure_of("KeyError: 'TOKEN'", "t = {}['TOKEN']")).empty());
  CHECK_THAT(hints(failure_of("KeyError: 'TOKEN'", "t = os.environ[name]")),
             ContainsSubstring("--env TOKEN"));
  CHECK(hints(failure_of("KeyError: 'production'", "c = CONFIG[os.environ['STAGE']]")).empty());
  CHECK_THAT(hints(failure_of("KeyError: 'HTTP_COOKIE'", "c = environ['HTTP_COOKIE']")),
             ContainsSubstring("`environ.get('HTTP_COOKIE', '')`"));
  const std::string no_file = "FileNotFoundError: [Errno 2] No such file or directory: ";
  CHECK_THAT(hints(failure_of(no_file + "'data.csv'")), ContainsSubstring("relative paths"));
  CHECK(hints(failure_of(no_file + "'/home/me/data.csv'")).empty());
  CHECK_THAT(hints(failure_of(no_file + "'ffmpeg'", "subprocess.run(['ffmpeg', '-version'])")),
             ContainsSubstring("no program `ffmpeg`"));
  CHECK(hints(failure_of(no_file + "PosixPath('/home/me/data')")).empty());

  Project project;
  project.files = {"api/_text.py", "api/shop/_cart.py", "lib/__init__.py"};
  CHECK_THAT(hints(failure_of("ModuleNotFoundError: No module named '_text'"), project),
             ContainsSubstring("`from api import _text`"));
  CHECK_THAT(
      hints(failure_of("ModuleNotFoundError: No module named '_cart'", "from _cart import total"),
            project),
      ContainsSubstring("`from api.shop._cart import …`"));
  CHECK_THAT(hints(failure_of("ModuleNotFoundError: No module named 'lib.nope'"), project),
             ContainsSubstring("check its"));
}
