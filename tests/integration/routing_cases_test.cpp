// The routing cases that are marked for it, over HTTP against the real binary: functions echo the
// target and the headers they were given, a project's app its target, another server echoes what it was asked.
#include <algorithm>
#include <optional>

#include "tests/integration/upstream.h"
#include "tests/support/catch.h"
#include "tests/support/integration_test.h"
#include "tests/unit/routing_cases/cases.h"

using namespace localfn;
using namespace localfn::test;
using cases::CaseProject;
using cases::Expected;
using cases::Reaches;
using cases::Request;

namespace {

const std::string kUpstream = "http://upstream.test";

/// A function that answers with its file, its target and the headers of its request.
std::string echo_handler(const std::string& file) {
  return handler_doing("lines = [" + nlohmann::json(file).dump() +
                       ", self.path]\n"
                       "lines += [f'{name}: {value}' for name, value in "
                       "self.headers.items()]\n"
                       "self.send_response(200)\n"
                       "self.send_header('Content-Type', 'text/plain')\n"
                       "self.end_headers()\n"
                       "self.wfile.write('\\n'.join(lines).encode())\n") +
         "    do_PUT = do_DELETE = do_GET\n";
}

/// A project's app that does the same.
std::string echo_app(const std::string& file) {
  return "def app(environ, start_response):\n"
         "    query = environ['QUERY_STRING']\n"
         "    target = environ['PATH_INFO'] + ('?' + query if query else '')\n"
         "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
         "    return [('\\n'.join([" +
         nlohmann::json(file).dump() + ", target])).encode('latin-1')]\n";
}

std::string source_of(const std::string& file, const std::string& content) {
  if (content == "app") return echo_app(file);
  return content == "handler" ? echo_handler(file) : content;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool has_line(const std::string& text, const std::string& line) {
  return contains("\n" + text + "\n", "\n" + line + "\n");
}

std::string shown(const Answer& answer) {
  std::string text = std::to_string(answer.status) + "\n";
  for (const auto& [name, value] : answer.headers) text += name + ": " + value + "\n";
  return text + "\n" + answer.body.substr(0, 2000);
}

class RoutingCasesTest : public IntegrationTest {
 protected:
  void run_file(const std::string& file) {
    for (const CaseProject& one : cases::projects_of(file)) {
      if (!one.runs(cases::Runner::Http)) continue;
      DYNAMIC_SECTION(one.spec << ": " << one.name) { run(one); }
    }
  }

 private:
  void run(const CaseProject& one) {
    write_project(one);
    if (!one.problems.empty()) return check_problems(one);
    expect_log("warning:");  // whether there are warnings is checked without HTTP
    try {
      start();
    } catch (const std::exception& error) {
      FAIL_CHECK("it does not start: " << error.what());
      return;
    }
    for (const Request& request : one.requests) check_request(one, request);
  }

  void write_project(const CaseProject& one) {
    for (const auto& [file, content] : one.files) {
      contents_.emplace_back(file, source_of(file, content));
      project.write(file, contents_.back().second);
    }
    if (!one.vercel) return;
    std::string text = *one.vercel;
    if (contains(text, kUpstream)) {
      upstream_.emplace();
      replace_all(text, kUpstream, "http://127.0.0.1:" + std::to_string(upstream_->port()));
    }
    project.write("vercel.json", text);
    contents_.emplace_back("vercel.json", text);
  }

  /// A wrong configuration: exit code 2 and every expected message, before anything is served.
  void check_problems(const CaseProject& one) {
    expect_log("error:");
    expect_log("warning:");
    RunningLocalfn& localfn = launch({"dev", "--listen", "127.0.0.1:0"});
    const int status = localfn.await_exit();
    INFO("written:\n" << localfn.log());
    CHECK(exit_code(status) == 2);
    CHECK_FALSE(contains(localfn.log(), "localfn-worker"));  // its early end is no failure
    for (const cases::ExpectedProblem& problem : one.problems) {
      INFO("expected: " << problem.text());
      CHECK(contains(localfn.log(), problem.platform));
      for (const std::string& part : problem.says) CHECK(contains(localfn.log(), part));
      if (problem.line != 0) {
        CHECK(contains(localfn.log(), "vercel.json:" + std::to_string(problem.line) + ":"));
      }
    }
  }

  void check_request(const CaseProject& one, const Request& request) {
    INFO(one.spec << ": " << one.name << "\nrequest: " << request.text
                  << "\nexpected: " << request.expected_text);
    std::optional<Answer> answer;
    try {
      answer = send(request.method, request.target, request.sent);
    } catch (const std::exception& error) {
      FAIL_CHECK("no answer: " << error.what());
      return;
    }
    INFO("answer: " << shown(*answer));
    check_reached(request.expected, request.method, *answer);
    for (const auto& [name, value] : request.headers) CHECK(answer->header(name) == value);
    for (const std::string& name : request.absent_headers) CHECK_FALSE(answer->has(name));
    check_passed_on(request, answer->body);
    for (const std::string& part : request.body) CHECK(contains(answer->body, part));
  }

  void check_reached(const Expected& expected, const std::string& method, const Answer& answer) {
    if (expected.reaches == Reaches::Anything && expected.status == 0) {
      CHECK(answer.status != 404);
      return;
    }
    CHECK(answer.status == (expected.status == 0 ? 200 : expected.status));
    if (expected.reaches == Reaches::Function) {
      CHECK(answer.body.starts_with(expected.file + "\n" + expected.target));
      CHECK(has_line(answer.body, expected.target));
    } else if (expected.reaches == Reaches::Framework) {
      CHECK(answer.body == "app.py\n" + expected.target);
    } else if (expected.reaches == Reaches::Static) {
      CHECK(answer.body == content_of(expected.file));
    } else if (expected.reaches == Reaches::Redirect) {
      CHECK(answer.header("location") == expected.target);
    } else if (expected.reaches == Reaches::Proxy) {
      const std::string target = expected.target.substr(kUpstream.size());
      CHECK(answer.body.starts_with("upstream " + method + " " + target + "\n"));
    } else if (expected.reaches == Reaches::Listing) {
      std::string page = answer.body;  // a slash may be written as it is or as the platform does
      replace_all(page, "&#47;", "/");
      CHECK(contains(page, "<title>Files within " + expected.target + "</title>"));
    } else if (expected.reaches == Reaches::Error) {
      check_error(expected, answer);
    } else {
      CHECK(expected.reaches == Reaches::Anything);
    }
  }

  /// The code stands in the text and in the page; JSON has the status.
  void check_error(const Expected& expected, const Answer& answer) {
    if (answer.header("content-type").find("json") != std::string::npos) {
      CHECK(contains(answer.body, "\"code\":" + std::to_string(expected.status)));
    } else {
      CHECK(contains(answer.body, expected.code));
    }
  }

  /// Functions and the other server echo the headers they were given.
  void check_passed_on(const Request& request, const std::string& body) {
    for (const auto& [name, value] : request.request_headers) {
      CHECK(has_line(body, name + ": " + value));
    }
    for (const std::string& name : request.absent_request_headers) {
      CHECK_FALSE(contains(body, "\n" + name + ":"));
    }
  }

  std::string content_of(const std::string& file) const {
    for (const auto& [name, content] : contents_) {
      if (name == file) return content;
    }
    return "(the case has no file " + file + ")";
  }

  cases::Pairs contents_;
  std::optional<Upstream> upstream_;
};

}  // namespace

TEST_CASE("at least 120 routing cases run over HTTP", "[integration][cases]") {
  CHECK(cases::count_claims(cases::Runner::Http) >= 120);
}

#define LOCALFN_ROUTING_CASES(file)                                                            \
  TEST_CASE_METHOD(RoutingCasesTest, "routing cases over HTTP: " file, "[integration][cases]") { \
    run_file(file);                                                                            \
  }
LOCALFN_ROUTING_CASES("0-modes")
LOCALFN_ROUTING_CASES("1-functions")
LOCALFN_ROUTING_CASES("2-framework")
LOCALFN_ROUTING_CASES("3-static")
LOCALFN_ROUTING_CASES("4.0-loading")
LOCALFN_ROUTING_CASES("4.1-properties")
LOCALFN_ROUTING_CASES("4.2-redirects")
LOCALFN_ROUTING_CASES("4.3-rewrites")
LOCALFN_ROUTING_CASES("4.4-headers")
LOCALFN_ROUTING_CASES("4.5-slashes")
LOCALFN_ROUTING_CASES("4.6-routes")
LOCALFN_ROUTING_CASES("4.7-builds")
LOCALFN_ROUTING_CASES("4.8-has")
LOCALFN_ROUTING_CASES("4.9-transforms")
LOCALFN_ROUTING_CASES("5-patterns")
LOCALFN_ROUTING_CASES("5-queries")
LOCALFN_ROUTING_CASES("6-phases")
LOCALFN_ROUTING_CASES("8-errors")
