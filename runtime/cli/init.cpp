#include "runtime/cli/init.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "runtime/base/errors.h"
#include "runtime/base/fd.h"
#include "runtime/cli/templates.h"

namespace localfn::cli {
namespace {

namespace fs = std::filesystem;

// In the workflow; the build knows the repository and its version.
constexpr std::string_view kActionMark = "OWNER/localfn@VERSION";
constexpr std::string_view kAction = LOCALFN_ACTION;

std::vector<TemplateFile> files_of(std::string_view kind) {
  std::vector<TemplateFile> files;
  for (const TemplateFile* file = kTemplateFiles; file->kind != nullptr; ++file) {
    if (file->kind == kind || file->kind == std::string_view("common")) files.push_back(*file);
  }
  return files;
}

std::string text_of(const TemplateFile& file) {
  std::string text = file.text;
  const auto mark = text.find(kActionMark);
  return mark == std::string::npos ? text : text.replace(mark, kActionMark.size(), kAction);
}

/// What stands in the way of `file`: itself, or something that is no folder where it needs one.
std::string obstacle(const fs::path& folder, const fs::path& file) {
  std::error_code error;
  fs::path path = folder;
  for (const fs::path& part : file.parent_path()) {
    path /= part;
    const auto status = fs::status(path, error);
    const bool usable = status.type() == fs::file_type::not_found || fs::is_directory(status);
    if (!usable) return path.lexically_relative(folder).string();
  }
  const bool there = fs::symlink_status(folder / file, error).type() != fs::file_type::not_found;
  return there ? file.string() : "";
}

void refuse_to_overwrite(const fs::path& folder, const std::vector<TemplateFile>& files) {
  std::error_code error;
  const auto type = fs::status(folder, error).type();
  if (type != fs::file_type::not_found && type != fs::file_type::directory) {
    throw UsageError(
        fmt::format("cannot make the folder {}: something else has that name", folder.string()));
  }
  std::vector<std::string> obstacles;
  for (const TemplateFile& file : files) {
    const std::string found = obstacle(folder, file.path);
    const bool known = !obstacles.empty() && obstacles.back() == found;
    if (!found.empty() && !known) obstacles.push_back(found);
  }
  if (obstacles.empty()) return;
  throw UsageError(fmt::format(
      "cannot make a project in {}: {} {} there already; nothing was written. Give the name of a "
      "new folder: localfn init NAME",
      folder.string(), fmt::join(obstacles, ", "), obstacles.size() == 1 ? "is" : "are"));
}

/// Never over a file that somebody has made in the meantime.
void write_new(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  const UniqueFd file(check(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666),
                            "create " + path.string()));
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    check(static_cast<int>(written), "write " + path.string());
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string purpose(std::string_view path) {
  if (path.starts_with("api/")) return "the function";
  if (path == "public/index.html") return "a page that asks it";
  if (path == "probes.json") return "what localfn test asks";
  if (path == "requirements.txt") return "the packages that the function imports";
  if (path == "vercel.json") return "that api/ holds functions, and which paths reach them";
  if (path.ends_with(".yml")) return "the same tests at each push";
  return "";
}

/// As a shell reads it back.
std::string shell_word(const std::string& text) {
  const bool plain = text.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") ==
                     std::string::npos;
  if (plain) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

void tell(const InitOptions& options, const std::vector<TemplateFile>& files) {
  fmt::print("made {}\n", options.folder.empty() ? "in this folder" : options.folder + "/");
  for (const TemplateFile& file : files) {
    const std::string what = purpose(file.path);
    fmt::print("{}\n", what.empty() ? fmt::format("  {}", file.path)
                                    : fmt::format("  {:<30}  {}", file.path, what));
  }
  if (kAction.starts_with("OWNER/")) {
    fmt::print("in the workflow, put the repository of localfn in the place of OWNER/localfn\n");
  }
  fmt::print("\nnext\n");
  if (!options.folder.empty()) fmt::print("  cd {}\n", shell_word(options.folder));
  const bool imports_packages = options.kind != "handler";
  fmt::print("  localfn dev{}\n  localfn test\n", imports_packages ? " --install" : "");
}

}  // namespace

std::vector<std::string> template_names() { return {"handler", "flask", "fastapi"}; }

int run_init(const InitOptions& options) {
  const fs::path folder = options.folder.empty() ? fs::path(".") : fs::path(options.folder);
  const std::vector<TemplateFile> files = files_of(options.kind);
  refuse_to_overwrite(folder, files);
  for (const TemplateFile& file : files) write_new(folder / file.path, text_of(file));
  tell(options, files);
  return 0;
}

}  // namespace localfn::cli
