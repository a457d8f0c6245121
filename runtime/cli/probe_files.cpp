#include "runtime/cli/probe_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <variant>

#include "runtime/base/errors.h"
#include "runtime/project/text.h"
#include "runtime/routing/route.h"

namespace localfn::cli {
namespace {

using probes::Probe;

bool read_file(const std::filesystem::path& directory, const std::string& name, bool required,
               probes::Probes& all) {
  const std::string shown = shown_path(directory, name);
  TextFile file = read_text_file((directory / name).string());
  if (!file.bytes) {
    if (!required && file.missing) return false;
    throw UsageError(fmt::format("cannot read {}: {}", in_quotes(shown), file.reason));
  }
  auto read = probes::read_probes(SourceText(shown, decode_text(std::move(*file.bytes))));
  if (required && !read.present && read.problems.empty()) {
    throw UsageError(fmt::format("{} has no probes: expected a list, or an object with \"probes\"",
                                 in_quotes(shown)));
  }
  all.present = all.present || read.present;
  std::move(read.probes.begin(), read.probes.end(), std::back_inserter(all.probes));
  std::move(read.problems.begin(), read.problems.end(), std::back_inserter(all.problems));
  return read.present;
}

Probe get(const std::filesystem::path& directory, const std::string& path,
          const Function* function) {
  Probe probe;
  probe.path = path;
  probe.name = "GET " + path;
  if (function == nullptr) return probe;
  probe.file = shown_path(directory, function->file);
  probe.line = function->line;
  return probe;
}

std::string percent_encoded(std::string_view path) {
  constexpr std::string_view kMarks = "/-._~!$&'()*+,;=:@";
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       kMarks.find(c) != kMarks.npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

/// The path as a request writes it; with a slash at its end where the one without is redirected
/// (`trailingSlash`), for the function is what is asked for.
std::string request_path(const Project& project, const std::string& served) {
  const std::string path = percent_encoded("/" + served);
  const auto found = route(project, {"GET", path, "", false, ""});
  return std::holds_alternative<RedirectRoute>(found.destination) ? path + "/" : path;
}

bool is_dynamic(const Project& project, const std::shared_ptr<const Function>& function) {
  return std::any_of(project.dynamic_routes.begin(), project.dynamic_routes.end(),
                     [&](const DynamicRoute& route) { return route.function == function; });
}

}  // namespace

std::string shown_path(const std::filesystem::path& directory, const std::string& file) {
  return (directory.lexically_normal() / file).lexically_normal().string();
}

probes::Probes read_probe_files(const std::filesystem::path& directory,
                                const std::vector<std::string>& files) {
  probes::Probes all;
  for (const std::string& file : files) read_file(".", file, true, all);
  if (!files.empty()) return all;
  if (!read_file(directory, "probes.json", false, all)) {
    read_file(directory, "vercel.json", false, all);
  }
  return all;
}

std::vector<Probe> smoke_probes(const std::filesystem::path& directory, const Project& project) {
  std::vector<Probe> probes;
  for (const auto& [path, function] : project.functions) {
    if (!is_dynamic(project, function))
      probes.push_back(get(directory, request_path(project, path), function.get()));
  }
  for (const DynamicRoute& dynamic : project.dynamic_routes) {
    std::string path;
    for (const auto& segment : dynamic.segments) {
      if (!path.empty()) path += "/";
      path += segment.parameter.empty() ? segment.literal : segment.parameter;
    }
    probes.push_back(get(directory, request_path(project, path), dynamic.function.get()));
  }
  if (probes.empty()) {
    const auto& app = project.framework;
    probes.push_back(get(directory, "/", app ? app->function.get() : nullptr));
  }
  return probes;
}

void forgive_missing_get(probes::Result& result) {
  if (result.response.status == 501 && !result.probe.file.empty()) result.failures.clear();
}

}  // namespace localfn::cli
