#include "runtime/http/pages/framework_page.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace localfn::http {
namespace {

std::string name_of(const std::string& slug) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames = {{
      {"flask", "Flask"}, {"fastapi", "FastAPI"}, {"django", "Django"}, {"fasthtml", "FastHTML"},
      {"python", "Python"}}};
  for (const auto& [known, name] : kNames) {
    if (known == slug) return std::string(name);
  }
  return slug;
}

std::string headline(const FrameworkApp& app) {
  const std::string why = app.because_of.empty() ? "" : fmt::format(" ({})", app.because_of);
  return fmt::format("this project is a {} app{}", name_of(app.slug), why);
}

constexpr const char* kLimit =
    "localfn runs the functions of `api/` and static files so far, not whole apps";
constexpr const char* kRemedy =
    "with `\"framework\": null` in vercel.json the files of `api/` are functions, here and deployed";

}  // namespace

PageDetails framework_details(const FrameworkApp& app) {
  PageDetails details;
  details.headline = headline(app);
  details.advice = {kLimit, kRemedy};
  return details;
}

std::vector<std::string> framework_lines(const FrameworkApp& app) {
  return {headline(app) + ":", std::string("  ") + kLimit, std::string("  ") + kRemedy};
}

}  // namespace localfn::http
