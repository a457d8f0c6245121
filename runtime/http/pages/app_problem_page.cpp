#include "runtime/http/pages/app_problem_page.h"

#include <fmt/format.h>

#include "runtime/http/pages/terminal_text.h"
#include "runtime/project/project_mode.h"

namespace localfn::http {
namespace {

std::string headline(const FrameworkApp& app) {
  return fmt::format("the {} app ({}) has no entry point", framework_name(app.slug),
                     app.because_of);
}

constexpr const char* kDeployed =
    "Vercel's build ends with this message: the project does not deploy.";

}  // namespace

PageDetails app_problem_details(const FrameworkApp& app) {
  PageDetails details;
  details.headline = headline(app);
  details.traceback = app.problem;
  details.advice = app.hints;
  details.advice.emplace_back(kDeployed);
  return details;
}

std::vector<std::string> app_problem_lines(const FrameworkApp& app) {
  std::vector<std::string> lines = {headline(app) + ":"};
  add_lines(lines, app.problem);
  for (const std::string& hint : app.hints) add_wrapped(lines, "hint: " + hint);
  return lines;
}

PageDetails missing_manifest_details(const FrameworkApp& app) {
  PageDetails details;
  details.headline = fmt::format("the {} app ({}) is never served", framework_name(app.slug),
                                 app.because_of);
  details.seen = "There is no requirements.txt, pyproject.toml or Pipfile in the project's root.";
  details.advice = {
      "The platform builds the app from one of them; without it only `public/` is served: make a "
      "`requirements.txt` that names what the app imports."};
  return details;
}

}  // namespace localfn::http
