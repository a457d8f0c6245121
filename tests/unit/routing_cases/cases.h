// The routing cases of tests/cases/routing, read: small projects, what is asked of them and what
// must come back. Used by the runner against the pure router and by the one over HTTP.
//
// tests/cases/routing/README.md tells the format. Reading is strict: an unknown key, a malformed
// expectation or a project without a claim throws, so that no case is lost to a slip of the pen.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace localfn::cases {

using Pairs = std::vector<std::pair<std::string, std::string>>;

enum class Reaches { Function, Static, Redirect, Proxy, Listing, Framework, Error, Anything };

/// "function api/a.py /a?id=1 201", taken apart. Anything is for requests over HTTP that are told
/// apart by status and body alone.
struct Expected {
  Reaches reaches = Reaches::Error;
  std::string file;    ///< of a function or a static file
  std::string target;  ///< path and query; the location, the directory or the URL
  std::string code;    ///< of an error
  int status = 0;      ///< 0: no rule has decided it
};

struct Request {
  std::string text;  ///< as written, for messages
  std::string method;
  std::string target;
  Pairs sent;  ///< headers of the request
  Expected expected;
  std::string expected_text;
  Pairs headers;                            ///< must be on the answer
  std::vector<std::string> absent_headers;  ///< must not be on the answer
  Pairs request_headers;                    ///< must reach the function or the other server
  std::vector<std::string> absent_request_headers;
  std::vector<std::string> body;  ///< parts of the answer's body; over HTTP only
};

/// One message about a wrong configuration.
struct ExpectedProblem {
  int line = 0;    ///< 0: anywhere
  int column = 0;  ///< 0: anywhere in the line
  std::vector<std::string> says;
  std::string platform;

  std::string text() const;
};

enum class Runner { Unit, Http, Both };

struct CaseProject {
  std::string name;
  std::string spec;  ///< section of the specification
  Runner runner = Runner::Unit;
  Pairs files;  ///< "handler" and "app" stand for sources that the runner knows
  std::optional<std::string> vercel;  ///< text of vercel.json
  std::string mode;                   ///< "", "functions", "builds" or "framework SLUG"
  std::vector<Request> requests;
  std::vector<ExpectedProblem> problems;
  std::vector<std::string> warnings;
  bool no_warnings = false;

  bool runs(Runner where) const { return runner == Runner::Both || runner == where; }
  std::size_t claims() const { return requests.size() + problems.size() + warnings.size(); }
};

/// Names of the files in tests/cases/routing, sorted, without ".json".
std::vector<std::string> case_files();

/// The projects of one of them; read once. Throws std::runtime_error that names the project.
const std::vector<CaseProject>& projects_of(const std::string& file);

/// Requests and problems of all files that `where` runs.
std::size_t count_claims(Runner where);

}  // namespace localfn::cases
