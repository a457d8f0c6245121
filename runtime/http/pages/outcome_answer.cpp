#include "runtime/http/pages/outcome_answer.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <string_view>
#include <utility>
#include <variant>

#include "runtime/base/signals.h"
#include "runtime/http/pages/error_page.h"
#include "runtime/http/pages/hints.h"
#include "runtime/http/pages/terminal_text.h"
#include "runtime/project/class_handler.h"

namespace localfn::http {
namespace {

constexpr std::string_view kFailed = "FUNCTION_INVOCATION_FAILED";

std::string seconds_text(milliseconds time) {
  if (time.count() % 1000 == 0) return fmt::format("{} s", time.count() / 1000);
  return fmt::format("{:.1f} s", static_cast<double>(time.count()) / 1000);
}

std::string megabytes_text(std::size_t bytes) {
  return fmt::format("{:.4g} MB", static_cast<double>(bytes) / (1024 * 1024));
}

/// Collects one answer; each row of the table below is a sequence of these calls.
class Row {
 public:
  Row(const Function& function, const Project& project) : function_(function), project_(project) {
    answer_.tone = Tone::Loud;
    answer_.details.function = function.file;
  }

  Row& error(int status, std::string_view code) {
    answer_.status = status;
    answer_.code = code;
    answer_.title = error_title(status);
    return *this;
  }
  /// The head has left: no error can be answered any more.
  Row& after_head(bool cut) {
    answer_.status = 0;
    answer_.code.clear();
    answer_.title.clear();
    answer_.cut = cut;
    return *this;
  }
  /// What was seen, in one sentence.
  Row& seen(const std::string& sentence) {
    answer_.details.headline = sentence;
    add_wrapped(answer_.terminal, sentence);
    return *this;
  }
  /// An exception; its traceback is never broken or shortened.
  Row& failure(const wire::Failure& failure) {
    PageDetails& details = answer_.details;
    details.headline = failure.error;
    details.source = failure.source;
    details.traceback = failure.traceback;
    if (!failure.file.empty()) details.where = fmt::format("{}:{}", failure.file, failure.line);
    add_lines(answer_.terminal, failure.traceback.empty() ? failure.error : failure.traceback);
    if (const std::string hint = hint_for(failure, function_, project_); !hint.empty()) hint_(hint);
    return *this;
  }
  /// Output of the function, or where it was: shown as it is under a caption.
  Row& evidence(std::string_view caption, const std::string& text) {
    if (text.empty()) return *this;
    answer_.terminal.push_back(fmt::format("{}:", caption));
    std::vector<std::string> lines;
    add_lines(lines, text);
    for (const std::string& line : lines) answer_.terminal.push_back("  " + line);
    if (!answer_.details.traceback.empty()) answer_.details.traceback += "\n\n";
    answer_.details.traceback += fmt::format("{}:\n{}", caption, text);
    return *this;
  }
  /// What to write instead: terminal and page.
  Row& hint(const std::string& sentence) {
    if (!sentence.empty()) hint_(sentence);
    return *this;
  }
  /// What Vercel does: the page only, the terminal stays short.
  Row& note(std::string_view sentence) {
    answer_.details.advice.emplace_back(sentence);
    return *this;
  }
  /// A line for the terminal only.
  Row& say(std::string_view sentence) {
    add_wrapped(answer_.terminal, sentence);
    return *this;
  }
  Row& tone(Tone tone) {
    answer_.tone = tone;
    return *this;
  }
  Answer done() { return std::move(answer_); }

 private:
  void hint_(const std::string& sentence) {
    answer_.details.advice.push_back(sentence);
    add_wrapped(answer_.terminal, "hint: " + sentence);
  }

  const Function& function_;
  const Project& project_;
  Answer answer_;
};

// ---- one function for each alternative of Outcome ---------------------------------------------

Answer answer_to(const Reply& reply, const Function& function, const Project& project) {
  if (reply.failure.error.empty() && !reply.truncated) return {};
  Row row(function, project);
  row.after_head(reply.truncated);
  if (!reply.failure.error.empty()) {
    row.failure(reply.failure);
    // Frameworks answer 500 first and then raise what it was for: that is told as any failure.
    if (reply.whole && reply.status >= kFailureStatus) return row.done();
    if (reply.whole) {
      return row.say("the client had its whole answer by then, here and on Vercel").done();
    }
    if (reply.truncated) return row.say("the answer had begun; its connection is cut").done();
    return row
        .say(
            "the head had left before the exception: the client takes what it has got for the "
            "answer, here and on Vercel")
        .hint(is_class_handler(function) ? "do what can fail before `end_headers()`"
                                         : "do what can fail before the head is sent: before "
                                           "`start_response(…)` (WSGI) or `http.response.start` (ASGI)")
        .done();
  }
  return row
      .seen(fmt::format("{}: the body is shorter than its Content-Length; the connection is cut",
                        function.file))
      .done();
}

Answer answer_to(const HandlerRaised& raised, const Function& function, const Project& project) {
  return Row(function, project)
      .error(500, kFailed)
      .failure(raised.failure)
      .note("Vercel answers the same 500; the traceback is then in the function's log only.")
      .done();
}

std::string missing_response_hint(const Function& function, std::string_view reason) {
  if (reason.find("line break") != std::string_view::npos) {
    return "a line break would begin another header: take it out of values that come from outside, "
           "such as a request's";
  }
  if (!is_class_handler(function)) {
    if (!reason.empty() && reason.find("without") == std::string_view::npos) return {};
    return "call `start_response(…)` before returning (WSGI), or send `http.response.start` and "
           "`http.response.body` (ASGI)";
  }
  if (reason.find("async def") != std::string_view::npos) {
    return "write `def` without `async`, and `asyncio.run(…)` around what must be awaited";
  }
  if (reason.find("generator") != std::string_view::npos) {
    return "write the pieces with `self.wfile.write(…)` and `self.wfile.flush()`, do not yield them";
  }
  if (reason.find("sys.exit") != std::string_view::npos) {
    return "leave the method with `return`, and only after an answer";
  }
  if (reason.find("second status line") != std::string_view::npos) {
    return "decide on the status first, and call `send_response()` once for a request";
  }
  if (reason.find("end_headers") != std::string_view::npos) {
    return "the head leaves with `self.end_headers()`: call it after the last `send_header()`, "
           "before the body";
  }
  // The others name what is wrong in a line that is there.
  const bool nothing_sent = reason.empty() || reason.find("without") != std::string_view::npos ||
                            reason.find("send_response") != std::string_view::npos;
  if (!nothing_sent) return {};
  return "answer with `self.send_response(200)`, `self.send_header(…)`, `self.end_headers()`, "
         "`self.wfile.write(b'…')`, in that order";
}

Answer answer_to(const NoResponse& outcome, const Function& function, const Project& project) {
  const bool known = !outcome.reason.empty();
  return Row(function, project)
      .error(500, kFailed)
      .seen(fmt::format("{}: {}", function.file,
                        known ? outcome.reason : "the function returned without an answer"))
      .hint(missing_response_hint(function, outcome.reason))
      .note("Vercel answers the same 500 and does not say why.")
      .done();
}

Answer answer_to(const ImportFailed& outcome, const Function& function, const Project& project) {
  Row row(function, project);
  row.error(500, kFailed);
  const wire::Failure& failure = outcome.failure;
  // An ASGI app has been imported then: its lifespan has failed.
  const bool startup = failure.traceback.ends_with("Application startup failed. Exiting.");
  row.say(fmt::format("{} {}:", function.file, startup ? "does not start" : "cannot be imported"));
  row.failure(failure);
  row.note(fmt::format("Vercel answers 500 to every request of this function until its {} succeeds.",
                       startup ? "startup" : "import"));
  return row.done();
}

std::string longer_limit(const Function& function) {
  return fmt::format(
      "more time: `\"functions\": {{ \"{}\": {{ \"maxDuration\": … }} }}` in "
      "vercel.json (1 to 300 on Hobby)",
      function.file);
}

Answer answer_to(const TimedOut& outcome, const Function& function, const Project& project) {
  Row row(function, project);
  row.error(504, "FUNCTION_INVOCATION_TIMEOUT");
  const std::string limit = seconds_text(outcome.limit);
  if (outcome.importing) {
    row.seen(
        fmt::format("the import of {} did not end within {}; it was killed", function.file, limit));
    row.evidence("it was in", outcome.stack);
    row.hint(
        "top-level code runs before the first request is served: move slow work (network, "
        "big files, models) into the function that needs it, and what starts a server under "
        "`if __name__ == \"__main__\":`");
  } else {
    row.seen(fmt::format("{} did not end within {} (maxDuration)", function.file, limit));
    row.evidence("it was in", outcome.stack);
    row.hint(longer_limit(function));
  }
  if (outcome.head_sent) {
    row.after_head(true).say("the answer had begun, so its connection was cut");
  } else {
    row.note("Vercel answers the same 504 and ends the invocation.");
  }
  return row.done();
}

std::string exit_hint(const Died& outcome) {
  const int status = outcome.wait_status;
  if (!outcome.known) return "see what the function printed last";
  if (WIFEXITED(status)) {
    return outcome.importing
               ? "`os._exit()` ends the whole instance, on Vercel too: raise an exception instead"
               : "`os._exit()` ends the whole instance, on Vercel too: return from the handler "
                 "instead";
  }
  if (!WIFSIGNALED(status)) return {};
  switch (WTERMSIG(status)) {
    case SIGKILL:
      return "unless somebody killed it, the machine ran out of memory; on Vercel a function has "
             "2 GB";
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGABRT:
    case SIGFPE:
      return "this comes from native code: an extension module, ctypes, or endless recursion in C; "
             "`import faulthandler; faulthandler.enable()` at the top prints where";
    default:
      return "a signal ended the whole instance; the function, or a tool, must have sent it";
  }
}

Answer answer_to(const Died& outcome, const Function& function, const Project& project) {
  Row row(function, project);
  row.error(500, kFailed);
  if (outcome.by_us) {
    row.seen(
        fmt::format("{}: ended with its instance, in which another request had exceeded "
                    "maxDuration",
                    function.file));
    row.note("On Vercel, too, requests that share an instance share its end.");
  } else {
    row.seen(fmt::format("{}: its process {} {}", function.file,
                         outcome.known ? describe_exit(outcome.wait_status) : "ended",
                         outcome.importing ? "during the import" : "in the middle of the request"));
    row.evidence("its last words on stderr", outcome.last_stderr);
    if (const std::string hint = exit_hint(outcome); !hint.empty()) row.hint(hint);
    row.note("Vercel answers the same 500; the next request gets a new instance.");
  }
  if (outcome.head_sent) row.after_head(true);
  return row.done();
}

Answer answer_to(const TooLarge& outcome, const Function& function, const Project& project) {
  return Row(function, project)
      .error(413, "FUNCTION_PAYLOAD_TOO_LARGE")
      .seen(fmt::format("the request body is larger than {}, the limit of every function",
                        megabytes_text(outcome.limit)))
      .hint(
          "upload large files from the browser straight to a storage service, and send the "
          "function only their address")
      .note("Vercel answers the same 413 and does not call the function.")
      .done();
}

Answer answer_to(const Overloaded& outcome, const Function& function, const Project& project) {
  return Row(function, project)
      .error(503, "FUNCTION_THROTTLED")
      .seen(fmt::format(
          "{}: {}", function.file,
          outcome.reason.empty() ? "no instance could take the request" : outcome.reason))
      .hint("shorter invocations help most; `--max-instances` allows more of them at a time")
      .done();
}

Answer answer_to(const ClientGone&, const Function& function, const Project& project) {
  return Row(function, project)
      .tone(Tone::Dim)
      .say("the client closed the connection before the answer was complete")
      .done();
}

}  // namespace

Answer describe(const Outcome& outcome, const Function& function, const Project& project) {
  // Overload resolution finds the row: an alternative without one does not compile.
  return std::visit(
      [&](const auto& alternative) -> Answer { return answer_to(alternative, function, project); },
      outcome);
}

}  // namespace localfn::http
