#include "runtime/http/pages/hints.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "runtime/base/ascii.h"
#include "runtime/packages/distributions.h"
#include "runtime/packages/missing_module.h"
#include "runtime/packages/own_modules.h"

namespace localfn::http {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The text between the first pair of single quotes: the module of a ModuleNotFoundError.
std::string name_in_quotes(std::string_view text) {
  const std::size_t open = text.find('\'');
  if (open == std::string_view::npos) return {};
  const std::size_t close = text.find('\'', open + 1);
  if (close == std::string_view::npos) return {};
  return std::string(text.substr(open + 1, close - open - 1));
}

std::string missing_module(const wire::Failure& failure, const Function& function,
                           const Project& project) {
  return packages::missing_module_advice({name_in_quotes(failure.error), failure.source}, function,
                                         project);
}

/// Of a name that packages share, the part that is not installed is told as a name: `cannot import
/// name 'genai' from 'google' (unknown location)`.
std::string missing_name(const wire::Failure& failure, const Function& function,
                         const Project& project) {
  const std::string_view error = failure.error;
  const std::string name = name_in_quotes(error);
  const auto from = error.find("' from '");
  if (has(error, "(unknown location)") && from != std::string_view::npos) {
    const std::string module = name_in_quotes(error.substr(from + 1)) + "." + name;
    const auto providers = packages::providers_of(module);
    if (providers.shared && providers.module == module) {
      return packages::missing_module_advice({module, failure.source}, function, project);
    }
  }
  return packages::missing_name_advice(failure, project);
}

/// "environ['NAME'" or "environ[\"NAME\"": the name itself stands in the line.
bool asks_environ_for(std::string_view source, const std::string& name) {
  return has(source, "environ['" + name + "'") || has(source, "environ[\"" + name + "\"");
}

// A name in a variable is believed; a literal that is another name is not the one that is missing.
std::string missing_variable(const wire::Failure& failure) {
  const std::string_view source = failure.source;
  const std::string name = name_in_quotes(failure.error);
  const bool literal = has(source, "environ['") || has(source, "environ[\"");
  if (name.empty() || !has(source, "environ")) return {};
  if (literal && !asks_environ_for(source, name)) return {};
  // WSGI hands each request an `environ` of its own.
  if (!has(source, "os.environ") && (name.starts_with("HTTP_") || name.starts_with("REQUEST_") ||
                                     name.starts_with("REMOTE_") || name.starts_with("wsgi."))) {
    return fmt::format("this request's environ has no {0}: `environ.get('{0}', '')`", name);
  }
  return fmt::format(
      "the function's environment has no {0}: put `{0}=…` into .env.local, or pass the shell's "
      "own with `--env {0}`; on Vercel, add it in the project's settings",
      name);
}

std::string missing_file(const wire::Failure& failure) {
  const std::string name = name_in_quotes(failure.error);
  if (name.starts_with('/')) return {};
  for (const char* start : {"subprocess", "Popen(", "check_output(", "os.exec", "os.spawn"}) {
    if (!has(failure.source, start)) continue;
    return fmt::format(
        "there is no program `{}` here, and on Vercel there are few: take a Python package that does "
        "the same, or brings the program along",
        name);
  }
  return "relative paths start at the project's root, here and on Vercel; "
         "`Path(__file__).parent / 'name'` names a file beside the function";
}

/// `self.wfile`, or a file that was opened for bytes.
std::string text_for_bytes(const wire::Failure& failure) {
  const std::string_view source = failure.source;
  const bool dict = has(failure.error, "not 'dict'");
  const bool to_client = has(source, "wfile");
  if (to_client && (dict || has(source, "json.dump("))) {
    return "`self.wfile` takes bytes: `self.wfile.write(json.dumps(data).encode())`";
  }
  // Methods of bytes refuse text with the same words.
  const bool mixes = has(source, ".replace(") || has(source, ".split(") || has(source, ".strip(");
  if (to_client) {
    return std::string("`self.wfile.write()` takes bytes: encode the text first, "
                       "`self.wfile.write(text.encode())`") +
           (mixes ? "; what is bytes already wants `b','` beside it" : "");
  }
  if (mixes) return "bytes and text do not mix: write `b','` beside bytes, or decode them";
  if (has(source, ".write(")) return "what is written to takes bytes: encode the text first";
  return {};
}

/// `int(self.headers['Content-Length'])` of a request without a body.
std::string missing_length(const wire::Failure& failure) {
  const std::string_view source = failure.source;
  if (!has(source, "headers[") && !has(source, "headers.get(")) return {};
  if (!has(lower_case(source), "content-length")) return {};
  return "the request has no Content-Length (a GET has no body): "
         "`int(self.headers.get('Content-Length', 0))`";
}

std::string wrong_type(const wire::Failure& failure) {
  if (has(failure.error, "bytes-like object is required, not 'str'") ||
      has(failure.error, "bytes-like object is required, not 'dict'")) {
    return text_for_bytes(failure);
  }
  return has(failure.error, "'NoneType'") ? missing_length(failure) : std::string();
}

std::string no_json(const wire::Failure& failure) {
  if (has(failure.source, "open(")) return "the file is not JSON (perhaps it is empty)";
  return "what was parsed is not JSON (perhaps it is empty): catch `json.JSONDecodeError`; if it is "
         "what the client has sent, answer 400";
}

struct Known {
  std::string_view error;   ///< begins with this
  std::string_view detail;  ///< and contains this
  std::string_view source;  ///< and the line contains this
  std::string_view hint;
};

constexpr std::array<Known, 8> kKnown = {{
    {"ImportError", "cannot open shared object file", "",
     "a package needs a library of the system that is not installed here; Vercel has few of them: "
     "take a package that brings its own (opencv-python-headless, psycopg2-binary)"},
    {"TypeError", "must be bytes, not str", "", "encode it: `text.encode()`"},
    {"TypeError", "handle_request() ", "handle_request(",
     "`handle_request()` is the runtime's own on Vercel, whatever the class defines: give your "
     "method another name"},
    {"TypeError", "is not JSON serializable", "",
     "turn the value into text, numbers, lists or dicts first, or pass "
     "`default=str` to `json.dumps`"},
    {"UnicodeEncodeError", "latin-1", "header",
     "header values are Latin-1: encode other text, for example with `urllib.parse.quote`"},
    {"UnicodeEncodeError", "latin-1", "start_response",
     "header values are Latin-1: encode other text, for example with `urllib.parse.quote`"},
    {"UnicodeEncodeError", "latin-1", "cookie",
     "header values are Latin-1: encode other text, for example with `urllib.parse.quote`"},
    {"RecursionError", "", "", "the function calls itself without end"},
}};

}  // namespace

std::string hint_for(const wire::Failure& failure, const Function& function,
                     const Project& project) {
  const std::string_view error = failure.error;
  if (error.starts_with("ModuleNotFoundError")) return missing_module(failure, function, project);
  if (error.starts_with("ImportError: cannot import name")) {
    return missing_name(failure, function, project);
  }
  if (error.starts_with("KeyError")) return missing_variable(failure);
  if (error.starts_with("FileNotFoundError")) return missing_file(failure);
  // The runtime itself has refused what the function returned: there is no line of the project.
  if (failure.source.empty() && error.ends_with("bytes-like object is required, not 'str'")) {
    return "a WSGI app returns bytes: `[text.encode()]`. A `handler(event, context)` that returns a "
           "dict is the form of AWS, not of Vercel";
  }
  if (error.starts_with("SystemExit")) {
    return "top-level code runs once, at import: put what is meant for the command line, like "
           "`sys.exit()` and `app.run()`, under `if __name__ == \"__main__\":`";
  }
  if (error.starts_with("json.decoder.JSONDecodeError")) return no_json(failure);
  if (error.starts_with("TypeError")) {
    if (std::string hint = wrong_type(failure); !hint.empty()) return hint;
  }
  for (const Known& known : kKnown) {
    if (error.starts_with(known.error) && has(error, known.detail) &&
        has(failure.source, known.source)) {
      return std::string(known.hint);
    }
  }
  return {};
}

}  // namespace localfn::http
