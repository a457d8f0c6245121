#include "runtime/routing/listing.h"

#include <algorithm>
#include <array>
#include <set>

#include "runtime/project/api_paths.h"

namespace localfn {
namespace {

bool is_hidden(std::string_view name) {
  constexpr std::array<std::string_view, 5> kHidden = {"vercel.json", "now.json", "vercel.toml",
                                                       ".vercelignore", ".nowignore"};
  return std::find(kHidden.begin(), kHidden.end(), name) != kHidden.end();
}

/// The name of `path` in `directory` ("" or "docs/"); empty when it does not lie there.
std::string name_in(std::string_view directory, std::string_view path) {
  if (path.substr(0, directory.size()) != directory) return {};
  path.remove_prefix(directory.size());
  const std::size_t slash = path.find('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? slash : slash + 1));
}

class Listing {
 public:
  explicit Listing(std::string_view directory) : directory_(directory) {}

  template <typename Table>
  void add(const Table& table) {
    std::vector<std::string> names;
    for (auto at = table.lower_bound(directory_); at != table.end(); ++at) {
      std::string name = name_in(directory_, at->first);
      if (name.empty()) break;
      if (!is_hidden(name) && seen_.insert(name).second) names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end(), locale_less);
    for (const std::string& name : names) {
      entries.push_back({name, ("/" + directory_).append(name), name.back() == '/'});
    }
  }

  std::vector<ListingEntry> entries;

 private:
  std::string directory_;
  std::set<std::string> seen_;
};

}  // namespace

std::vector<ListingEntry> list_directory(const Project& project, std::string_view directory) {
  if (!directory.empty() && directory.front() == '/') directory.remove_prefix(1);
  Listing listing(directory);
  listing.add(project.functions);
  listing.add(project.static_files);
  return std::move(listing.entries);
}

}  // namespace localfn
