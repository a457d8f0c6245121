#include "runtime/http/pages/hints.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

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

std::string missing_variable(const wire::Failure& failure) {
  if (!has(failure.source, "environ")) return {};
  const std::string name = name_in_quotes(failure.error);
  if (name.empty()) return {};
  return fmt::format(
      "the function's environment has no {0}: put `{0}=…` into .env.local, or pass the shell's "
      "own with `--env {0}`; on Vercel, add it in the project's settings",
      name);
}

std::string missing_file(const wire::Failure& failure) {
  if (name_in_quotes(failure.error).starts_with('/')) return {};
  return "relative paths start at the project's root, here and on Vercel; "
         "`Path(__file__).parent / 'name'` names a file beside the function";
}

struct Known {
  std::string_view error;   ///< begins with this
  std::string_view detail;  ///< and contains this
  std::string_view source;  ///< and the line contains this
  std::string_view hint;
};

constexpr std::array<Known, 11> kKnown = {{
    {"ImportError", "cannot open shared object file", "",
     "a package needs a library of the system that is not installed here; Vercel has few of them: "
     "take a package that brings its own (opencv-python-headless, psycopg2-binary)"},
    {"TypeError", "bytes-like object is required, not 'str'", ".write(",
     "`self.wfile.write()` takes bytes: encode the text first, `self.wfile.write(text.encode())`"},
    {"TypeError", "bytes-like object is required, not 'dict'", ".write(",
     "`self.wfile.write()` takes bytes: `self.wfile.write(json.dumps(data).encode())`"},
    {"TypeError", "must be bytes, not str", "", "encode it: `text.encode()`"},
    {"TypeError", "'NoneType'", "Content-Length",
     "the request has no Content-Length (a GET has no body): "
     "`int(self.headers.get('Content-Length', 0))`"},
    {"TypeError", "'NoneType'", "content-length",
     "the request has no Content-Length (a GET has no body): "
     "`int(self.headers.get('Content-Length', 0))`"},
    {"TypeError", "handle_request() ", "handle_request(",
     "`handle_request()` is the runtime's own on Vercel, whatever the class defines: give your "
     "method another name"},
    {"TypeError", "is not JSON serializable", "",
     "turn the value into text, numbers, lists or dicts first, or pass "
     "`default=str` to `json.dumps`"},
    {"json.decoder.JSONDecodeError", "", "",
     "what was parsed is not JSON (perhaps it is empty): catch `json.JSONDecodeError` and answer "
     "400 yourself"},
    {"UnicodeEncodeError", "latin-1", "",
     "header values are Latin-1: encode other text, for example with `urllib.parse.quote`"},
    {"RecursionError", "", "", "the function calls itself without end"},
}};

}  // namespace

std::string hint_for(const wire::Failure& failure, const Function& function,
                     const Project& project) {
  const std::string_view error = failure.error;
  if (error.starts_with("ModuleNotFoundError")) return missing_module(failure, function, project);
  if (error.starts_with("ImportError: cannot import name")) {
    return packages::missing_name_advice(failure.error, project);
  }
  if (error.starts_with("KeyError")) return missing_variable(failure);
  if (error.starts_with("FileNotFoundError")) return missing_file(failure);
  // The runtime itself has refused what the function returned: there is no line of the project.
  if (failure.source.empty() && error.ends_with("bytes-like object is required, not 'str'")) {
    return "a WSGI app returns bytes: `[text.encode()]`. A `handler(event, context)` that returns a "
           "dict is the form of AWS, not of Vercel";
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
