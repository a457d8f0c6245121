#include "runtime/cli/usage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/cli/options.h"

namespace localfn::cli {
namespace {

constexpr const char* kAll = R"(usage: localfn COMMAND [options]

Runs the Python functions of a project here the way Vercel runs them there.

  localfn dev [DIR]               serve the project; edits are live at once
  localfn test [DIR] [FILE...]    ask what probes.json asks; 1 when one fails
  localfn check [DIR]             what would go wrong on Vercel; 1 on an error
  localfn invoke [METHOD] PATH    one request without a server
  localfn routes [DIR]            the routing table; why a request goes where
  localfn init [NAME]             make a small project to begin with
  localfn --version               versions of localfn and of its Pythons
  localfn COMMAND --help          the options of one command

Every command on a project takes
      --python PYTHON     a version, an interpreter or a virtual environment
      --env NAME[=VALUE]  set a variable; without a value: the shell's
      --env-file FILE     more variables, as in .env
Later settings win: vercel.json env, .env, .env.local, --env-file, --env.

Exit status: 0 clean, 1 failure found or at run time, 2 usage or configuration.
Functions run with your rights: localfn is not a sandbox.
)";

constexpr const char* kProject =
    R"(      --python PYTHON     a version, an interpreter or a virtual environment
      --env NAME[=VALUE]  set a variable; without a value: the shell's
      --env-file FILE     more variables, as in .env
)";

constexpr const char* kRunning =
    R"(      --strict            as deployed: 500 for a buffered response over 4.5 MB,
                          a thread of its own for every request but of ASGI
      --plain             call handlers through http.server only (slower)
      --no-preload        import packages in every instance, never ahead of it
      --debug             show the runtime's own frames in tracebacks
)";

constexpr const char* kDebugging = R"(      --pdb               open the debugger where a function raises
      --debugpy [PORT]    let editors attach at this port and the next  [5678]
)";

std::string dev() {
  const DevOptions d;
  return fmt::format(
      R"(usage: localfn dev [DIR] [options]

Serves the Python functions of DIR/api the way Vercel runs them, with the static
files of DIR/public (or of DIR). DIR is the current folder unless given.

  -l, --listen ADDR       PORT, HOST or HOST:PORT; 0: any port [{}:{}]
      --strict-port       fail when the port is taken, do not try the next one
      --max-instances N   most instances of one function          [{}]
      --idle SECONDS      retire an instance that had no request  [{}]
      --max-duration S    limit where vercel.json sets none       [{}]
      --log text|json     what the log looks like; json on stdout [text]
      --install           first install what the manifests name, into .venv
      --no-route-header   do not name the deciding rule in x-localfn-route
      --record [FILE]     write probes from the requests that are made
{}{}{}
breakpoint() and pdb get the terminal, one request at a time.
Later settings win: vercel.json env, .env, .env.local, --env-file, --env.
Functions run with your rights: localfn is not a sandbox.
)",
      d.host, d.port, d.max_instances, d.idle.count(), d.max_duration.count(), kRunning, kDebugging,
      kProject);
}

std::string test() {
  const TestOptions d;
  return fmt::format(R"(usage: localfn test [DIR] [FILE...] [options]

Asks the project what the probes of FILE ask (probes.json or the probes of
vercel.json unless given), without a server. Without any probe every function
gets a GET, which may not be answered with 5xx. Ends with 1 when one failed.

      --junit FILE        write the results as JUnit's XML, too
      --tap, --json       the results in this form on stdout
      --fail-slow         a probe slower than its maxMs fails
  -w, --watch             after each edit again what it touches; Ctrl-C ends
  -j, --jobs N            probes at the same time             [{}]
      --target URL        ask this server, not the project's files
      --timeout SECONDS   for one answer of the target        [{}]
{}{}
A probe: {{"path": "/api/hello?name=x", "status": 200, "mustContain": "Hello"}}
Its keys: name, method, headers, cookies, body; status, mustContain,
mustNotContain, bodyMustBe, json, responseHeaders, notResponseHeaders, maxMs;
delay, retries, retryDelay; keep ({{"id": "json:/id"}}, for ${{id}} later on).
)",
                     d.jobs, d.timeout.count(), kRunning, kProject);
}

std::string check() {
  return fmt::format(R"(usage: localfn check [DIR] [options]

What of DIR would go wrong on Vercel: where, why, and what to do. No code of the
project runs, unless --import is given. Ends with 1 when one is an error.

      --format FORMAT     text, json, github (annotations) or sarif [text]
      --plan PLAN         whose limits hold: hobby or pro           [hobby]
      --ignore CODE       leave these findings out; may be given again
      --import            also import each function, in an instance of its own
{}
Ignore a finding where it is: # localfn: ignore[CODE] on its line of Python, or
# localfn: ignore-file[CODE]. For the project, in pyproject.toml:
  [tool.localfn.check]
  plan = "pro"
  ignore = ["framework-preset"]
  per-file-ignores = {{ "api/old/*" = ["not-a-function"] }}
  severity = {{ write-outside-tmp = "error" }}      # or "warning", "hint"
)",
                     kProject);
}

std::string invoke() {
  const InvokeOptions d;
  return fmt::format(R"(usage: localfn invoke [METHOD] PATH [options]

One request through router and function, without a server; its body on stdout.
Ends with 1 when the answer is 5xx or was cut short.

  -H, --header HEADER     'Name: value'
  -d, --data DATA         the body: text, @FILE or - for standard input
      --cron              as Vercel's scheduler asks: its headers, CRON_SECRET
  -i, --include           print status and headers too
      --json              the answer, or the measurements, as JSON
      --repeat N          so many requests, with their latencies
      --concurrency N     so many at a time                       [{}]
      --dir DIR           the project                             [.]
      --max-instances N   most instances of one function          [{}]
      --max-duration S    limit where vercel.json sets none       [{}]
{}{}{})",
                     d.concurrency, d.max_instances, d.max_duration.count(), kRunning, kDebugging,
                     kProject);
}

std::string routes() {
  return fmt::format(R"(usage: localfn routes [DIR] [options]

The routing table in force, in the order in which it is tried.

      --explain REQUEST   every rule that 'GET /old?x=1' meets, and what answers
  -H, --header HEADER     'Name: value' of that request
      --json              as JSON
{})",
                     kProject);
}

std::string init() {
  const InitOptions d;
  return fmt::format(R"(usage: localfn init [NAME] [options]

Makes a small project in a new folder NAME, or in the current folder: a
function, a page that asks it, probes, and a workflow that runs them at each
push. Files that are there already are never written over.

      --template {}  what the function is [{}]
)",
                     fmt::join(template_names(), "|"), d.kind);
}

}  // namespace

std::string usage(std::string_view command) {
  if (command == "dev") return dev();
  if (command == "test") return test();
  if (command == "invoke") return invoke();
  if (command == "check") return check();
  if (command == "routes") return routes();
  if (command == "init") return init();
  return kAll;
}

}  // namespace localfn::cli
