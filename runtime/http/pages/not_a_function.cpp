#include "runtime/http/pages/not_a_function.h"

#include <fmt/format.h>

#include "runtime/http/pages/html.h"
#include "runtime/http/pages/terminal_text.h"

namespace localfn::http {
namespace {

std::string reason_of(const NotAFunction& file) {
  if (!file.reason.empty()) return file.reason;
  if (file.syntax_error) return fmt::format("line {} is not valid Python", file.line);
  return "it defines neither `class handler(BaseHTTPRequestHandler)` nor `app` at top level";
}

std::string_view verdict_of(const NotAFunction& file) {
  if (file.other_language) return " is not run here";
  return file.syntax_error ? " has a syntax error" : " is not a function";
}

}  // namespace

std::string not_a_function_headline(const NotAFunction& file) {
  return visible(file.file).append(verdict_of(file)) + ":";
}

std::vector<std::string> not_a_function_lines(const NotAFunction& file) {
  std::vector<std::string> lines;
  const std::string reason = reason_of(file);
  // A reason of several lines (a syntax error with its caret) is laid out by whoever wrote it.
  if (reason.find('\n') != std::string::npos) {
    add_lines(lines, reason);
  } else {
    add_wrapped(lines, reason);
  }
  if (file.syntax_error) {
    add_wrapped(lines, "Vercel answers 404 for this file: what it cannot parse is no function");
  }
  if (file.other_language) add_wrapped(lines, "on Vercel it is a function and answers");
  return lines;
}

PageDetails not_a_function_details(const NotAFunction& file) {
  PageDetails details;
  details.function = file.file;
  details.headline = std::string(file.file).append(verdict_of(file));
  const std::string reason = reason_of(file);
  if (reason.find('\n') != std::string::npos) {
    details.traceback = reason;
  } else {
    details.seen = as_sentence(reason);
  }
  if (file.line > 0) details.where = fmt::format("{}:{}", file.file, file.line);
  if (file.syntax_error) {
    details.advice.push_back(
        "Vercel answers 404 for this file: what it cannot parse is no function.");
  } else if (file.other_language) {
    details.advice.emplace_back("On Vercel it is a function: there it answers, here it is 404.");
  } else {
    details.advice.emplace_back(
        "To answer requests: `class handler(BaseHTTPRequestHandler):` with a method "
        "`do_GET(self)`, or a WSGI or ASGI application named `app`, at top level.");
    details.advice.emplace_back(
        "To share code between functions: begin the file's name with an underscore, "
        "`api/_shared.py`; such a file is never served.");
  }
  return details;
}

}  // namespace localfn::http
