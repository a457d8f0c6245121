#include "runtime/packages/missing_module.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/packages/dependencies.h"
#include "runtime/packages/distributions.h"
#include "runtime/packages/install.h"
#include "runtime/packages/marker.h"
#include "runtime/packages/own_modules.h"
#include "runtime/packages/standard_library.h"
#include "runtime/project/text.h"

namespace localfn::packages {
namespace {

/// All that is known about a module that should come with a package.
class Advisor {
 public:
  Advisor(const MissingModule& missing, const Function& function, const Project& project)
      : missing_(missing),
        project_(project),
        target_{project.root.string(), project.venv, project.python},
        providers_(providers_of(missing.name)),
        manifest_(dependencies_for(target_.root, function.file)) {
    if (target_.python.empty()) target_.python = "3";
    for (const std::string& name : providers_.distributions) {
      if (!manifest_ || named_ != nullptr) break;
      named_ = manifest_->find(normalized(name));
    }
  }

  bool is_named() const { return named_ != nullptr; }

  /// Python names the outermost module that it does not find: the parents of this one are there.
  bool is_part_of_installed() const {
    return missing_.name.find('.') != std::string::npos && !providers_.shared;
  }

  std::string missing_part() const {
    const std::string parent = missing_.name.substr(0, missing_.name.rfind('.'));
    return fmt::format("`{}` is there, but `{}` is not in it: check its spelling, and the version of "
                       "{} that is installed", parent, missing_.name, distribution());
  }

  std::string text() const {
    if (is_named()) return named();
    const std::string outermost = missing_.name.substr(0, missing_.name.find('.'));
    const bool direct = missing_.source.empty() || has_word(missing_.source, outermost);
    if (!direct) return wanted_by_package();
    if (const std::string group = other_group(); !group.empty()) return in_other_group(group);
    return not_named();
  }

 private:
  std::string named() const {
    if (!named_->marker.empty() && marker_holds(named_->marker, project_.python) == false) {
      return fmt::format("{}is in {} only where `{}`, which does not hold for Python {} on Linux",
                         subject(named_->shown), manifest_->file, named_->marker, project_.python);
    }
    return fmt::format("{}is in {} but not installed{}: run {}", subject(named_->shown),
                       manifest_->file, where(), commands(all_of(*manifest_)));
  }

  /// "`requests` ", or "`yaml` comes with PyYAML, which ".
  std::string subject(const std::string& distribution) const {
    return normalized(distribution) == normalized(missing_.name)
               ? fmt::format("`{}` ", distribution)
               : fmt::format("`{}` comes with {}, which ", missing_.name, distribution);
  }

  std::string where() const {
    if (!target_.venv.empty()) return " in " + environment_name(target_);
    return fmt::format(" for Python {}, which runs without a virtual environment", target_.python);
  }

  /// The command, and when its effect is seen: which environment is used is asked once, at the start.
  std::string commands(const Words& what) const {
    const std::string run = shell_line(install(target_, what));
    if (!target_.venv.empty()) return fmt::format("`{}`; the next request finds it", run);
    return fmt::format("`{} && {}`, then start localfn again (`localfn dev --install` does all of it)",
                       shell_line(create_environment(target_)), run);
  }

  std::string other_group() const {
    if (!manifest_) return {};
    for (const std::string& name : providers_.distributions) {
      const auto found = manifest_->elsewhere.find(normalized(name));
      if (found != manifest_->elsewhere.end()) return found->second;
    }
    return {};
  }

  std::string in_other_group(const std::string& group) const {
    return fmt::format("{}is only in `{}` of {}, which Vercel does not install: move it to the "
                       "dependencies, then run {}", subject(distribution()), group, manifest_->file,
                       commands({distribution()}));
  }

  std::string wanted_by_package() const {
    const std::string again =
        manifest_ ? fmt::format("name {} in {} and run {}", distribution(), manifest_->file,
                                commands(with_it()))
                  : fmt::format("run {}", commands({distribution()}));
    return fmt::format("a package that is imported there needs `{}`, which is not installed{}: {}",
                       missing_.name, where(), again);
  }

  /// The package of the manifest whose name is nearly that, for it is probably meant.
  std::string meant() const {
    if (!manifest_ || providers_.known || missing_.name.size() < 5) return {};
    std::vector<std::string> names;
    for (const Requirement& requirement : manifest_->named) {
      names.push_back(requirement.name);
      std::replace(names.back().begin(), names.back().end(), '-', '_');
    }
    return nearest(missing_.name, names);
  }

  std::string not_named() const {
    if (const std::string other = meant(); !other.empty()) {
      return fmt::format("there is no `{}` in {}; do you mean `{}`, which is?", missing_.name,
                         manifest_->file, other);
    }
    std::string text =
        manifest_ ? fmt::format("{}is not in {}", subject(distribution()), manifest_->file)
                  : fmt::format("{}is not installed{}, and the project has no requirements.txt",
                                subject(distribution()), where());
    text += manifest_ && manifest_->more ? "" : ", so it will be missing on Vercel too";
    if (!providers_.known) text += " (its package may have another name)";
    return text + fmt::format(": add it there, then run {}", commands(with_it()));
  }

  /// What to install once the manifest names it too.
  Words with_it() const {
    if (!manifest_) return {"-r", "requirements.txt"};
    if (manifest_->kind == Dependencies::Kind::Requirements) return all_of(*manifest_);
    return {distribution()};
  }

  const std::string& distribution() const { return providers_.distributions.front(); }

  const MissingModule& missing_;
  const Project& project_;
  Target target_;
  const Providers providers_;
  const std::optional<Dependencies> manifest_;
  const Requirement* named_ = nullptr;
};

}  // namespace

std::string missing_module_advice(const MissingModule& missing, const Function& function,
                                  const Project& project) {
  const std::string outermost = missing.name.substr(0, missing.name.find('.'));
  if (outermost.empty()) return {};
  const Advisor advisor(missing, function, project);
  // A package that the project asks for is that package, whatever its files are called.
  if (advisor.is_named() && !advisor.is_part_of_installed()) return advisor.text();
  if (std::string own = own_module_advice(missing, function, project); !own.empty()) return own;
  if (std::string gone = standard_library_advice(outermost, project.python); !gone.empty()) {
    return gone;
  }
  return advisor.is_part_of_installed() ? advisor.missing_part() : advisor.text();
}

}  // namespace localfn::packages
