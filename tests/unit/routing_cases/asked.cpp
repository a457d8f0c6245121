#include "tests/unit/routing_cases/asked.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace localfn::cases {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string with_status(std::string text, int status) {
  return status == 0 ? text : text + " " + std::to_string(status);
}

struct Show {
  std::string operator()(const FunctionRoute& r) const {
    return with_status("function " + r.function->file + " " + r.target, r.status);
  }
  std::string operator()(const StaticRoute& r) const {
    return with_status("static " + r.file, r.status);
  }
  std::string operator()(const ListingRoute& r) const { return "listing " + r.directory; }
  std::string operator()(const RedirectRoute& r) const {
    return "redirect " + std::to_string(r.status) + " " + r.location;
  }
  std::string operator()(const ProxyRoute& r) const {
    return with_status("proxy " + r.origin + r.target, r.status);
  }
  std::string operator()(const FrameworkRoute& r) const { return "framework " + r.target; }
  std::string operator()(const ErrorRoute& r) const {
    return "error " + std::to_string(r.status) + " " + r.code;
  }
};

/// The meaning that header_edit.h gives to edits, written a second time: the code under test is
/// not asked what it means.
bool is_for(const rules::HeaderEdit& edit, const std::string& name) {
  return edit.matcher ? edit.matcher->matches(name) : edit.name == name;
}

void set(Pairs& headers, const rules::HeaderEdit& edit) {
  std::vector<std::string> names;
  for (const auto& [name, value] : headers) {
    if (is_for(edit, name) && std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  if (names.empty() && !edit.matcher) names.push_back(edit.name);
  std::erase_if(headers, [&](const auto& header) { return is_for(edit, header.first); });
  for (const std::string& name : names) {
    for (const std::string& value : edit.values) headers.emplace_back(name, value);
  }
}

void append(Pairs& headers, const rules::HeaderEdit& edit) {
  bool found = false;
  for (auto& [name, present] : headers) {
    if (!is_for(edit, name)) continue;
    for (const std::string& value : edit.values) present += ", " + value;
    found = true;
  }
  if (found || edit.matcher || edit.values.empty()) return;
  std::string joined = edit.values[0];
  for (std::size_t i = 1; i < edit.values.size(); ++i) joined += ", " + edit.values[i];
  headers.emplace_back(edit.name, joined);
}

void apply_edits(const std::vector<rules::HeaderEdit>& edits, Pairs& headers) {
  using Operation = rules::HeaderEdit::Operation;
  for (const rules::HeaderEdit& edit : edits) {
    if (edit.operation == Operation::Set) set(headers, edit);
    if (edit.operation == Operation::Append) append(headers, edit);
    if (edit.operation == Operation::Delete) {
      std::erase_if(headers, [&](const auto& header) {
        const auto& [name, value] = header;
        return is_for(edit, name) &&
               (edit.values.empty() ||
                std::find(edit.values.begin(), edit.values.end(), value) != edit.values.end());
      });
    }
  }
}

Pairs sent_headers(const Request& request) {
  Pairs headers = request.sent;
  const auto host = std::find_if(headers.begin(), headers.end(),
                                 [](const auto& header) { return lower(header.first) == "host"; });
  if (host == headers.end()) headers.insert(headers.begin(), {"Host", "127.0.0.1:3000"});
  return headers;
}

/// The last value of a header, as later rules win.
const std::string* value_of(const Pairs& headers, const std::string& name) {
  const std::string* found = nullptr;
  for (const auto& [present, value] : headers) {
    if (present == name) found = &value;
  }
  return found;
}

void compare_headers(const char* whose, const Pairs& present, const Pairs& expected,
                     const std::vector<std::string>& absent, std::vector<std::string>& problems) {
  for (const auto& [name, value] : expected) {
    const std::string* found = value_of(present, name);
    if (found != nullptr && *found == value) continue;
    problems.push_back(std::string(whose) + " header " + name + " is " +
                       (found == nullptr ? "absent" : "\"" + *found + "\"") + ", expected \"" +
                       value + "\"");
  }
  for (const std::string& name : absent) {
    if (value_of(present, name) != nullptr) {
      problems.push_back(std::string(whose) + " header " + name + " is there, it must not be");
    }
  }
}

}  // namespace

Asked ask(const Project& project, const Request& request) {
  Pairs sent = sent_headers(request);
  std::string raw;
  for (const auto& [name, value] : sent) raw.append(name).append(": ").append(value).append("\r\n");
  const std::string_view target = request.target;
  const std::size_t mark = target.find('?');
  RouteRequest asking{request.method, target.substr(0, mark), {}, mark != std::string::npos, raw};
  if (asking.has_query) asking.query = target.substr(mark + 1);

  Trace trace;
  const Route traced = route(project, asking, &trace);
  const Route plain = route(project, asking);
  Asked asked;
  asked.reached = std::visit(Show(), plain.destination);
  if (std::visit(Show(), traced.destination) != asked.reached || traced.headers != plain.headers) {
    throw std::runtime_error("a trace changes the route of " + request.text);
  }
  asked.headers = plain.headers;
  apply_edits(plain.response_headers, asked.headers);
  for (auto& [name, value] : sent) asked.request_headers.emplace_back(lower(name), value);
  apply_edits(plain.request_headers, asked.request_headers);
  asked.rule = plain.rule;
  for (const TraceStep& step : trace) asked.trace += "  " + step.rule + " → " + step.outcome + "\n";
  return asked;
}

std::vector<std::string> compare(const Request& request, const Asked& asked) {
  std::vector<std::string> problems;
  const std::string expected = normal_form(request.expected);
  if (asked.reached != expected) {
    problems.push_back("reaches \"" + asked.reached + "\", expected \"" + expected + "\"");
  }
  if (asked.rule.empty()) problems.push_back("the rule that decided is not named");
  if (asked.trace.empty()) problems.push_back("the trace is empty");
  compare_headers("the answer's", asked.headers, request.headers, request.absent_headers, problems);
  compare_headers("the request's", asked.request_headers, request.request_headers,
                  request.absent_request_headers, problems);
  return problems;
}

std::string normal_form(const Expected& expected) {
  switch (expected.reaches) {
    case Reaches::Function:
      return with_status("function " + expected.file + " " + expected.target, expected.status);
    case Reaches::Static: return with_status("static " + expected.file, expected.status);
    case Reaches::Redirect:
      return "redirect " + std::to_string(expected.status) + " " + expected.target;
    case Reaches::Proxy: return with_status("proxy " + expected.target, expected.status);
    case Reaches::Listing: return "listing " + expected.target;
    case Reaches::Framework: return "framework " + expected.target;
    case Reaches::Error: return "error " + std::to_string(expected.status) + " " + expected.code;
    case Reaches::Anything: break;
  }
  throw std::logic_error("\"anything\" is for projects that only run over HTTP");
}

}  // namespace localfn::cases
