// Which files `bulkRedirectsPath` names, and reading them.
#include <fmt/format.h>

#include "runtime/project/bulk_redirects.h"
#include "runtime/project/watcher.h"

namespace localfn {
namespace {

/// Large sites have hundreds of thousands of redirects.
constexpr std::size_t kLargestFile = 64 * 1024 * 1024;

void load_file(const Folder& folder, const std::string& path, Config& config) {
  TextFile file = read_text_file(folder.tree().absolute(path), kLargestFile);
  if (!file.bytes) {
    config.errors.push_back({printable(path), 0, 0, "cannot read it: " + file.reason, {}, {}});
    return;
  }
  const SourceText source(printable(path), decode_text(std::move(*file.bytes)));
  parse_bulk_redirects(source, config.routing.bulk_redirects, config.errors);
}

}  // namespace

void load_bulk_redirects(const Folder& folder, Config& config) {
  if (!config.bulk_redirects) return;
  const std::string& path = config.bulk_redirects->text;
  const auto refuse = [&](std::string message) {
    config.errors.push_back(
        config.source.problem_at(config.bulk_redirects->offset, std::move(message)));
  };
  const bool is_file = folder.files().count(path) > 0;
  if (is_file && !is_bulk_file(path)) {
    return refuse(fmt::format("bulkRedirectsPath must name a .json, .jsonl or .csv file or a folder "
                              "of them, got {}", in_quotes(path)));
  }
  if (is_file) return load_file(folder, path, config);
  bool any = false;
  const std::string prefix = path.empty() ? path : path + "/";
  for (auto file = folder.files().lower_bound(prefix); file != folder.files().end(); ++file) {
    if (file->first.compare(0, prefix.size(), prefix) != 0) break;
    any = true;
    if (is_bulk_file(file->first)) load_file(folder, file->first, config);
  }
  if (!any) {
    refuse(fmt::format("bulkRedirectsPath names {}, which is no file or folder of the project",
                       in_quotes(path)));
  }
}

}  // namespace localfn
