#include "runtime/packages/missing_module.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/packages/dependencies.h"
#include "runtime/packages/distributions.h"
#include "runtime/packages/install.h"
#include "runtime/packages/installed.h"
#include "runtime/packages/own_modules.h"
#include "runtime/packages/standard_library.h"
#include "runtime/project/text.h"

namespace localfn::packages {
namespace {

constexpr std::size_t kMostShown = 3;

bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view name_at_start(std::string_view text, bool dotted) {
  const auto end = std::find_if(text.begin(), text.end(),
                                [&](char c) { return !is_of_name(c) && !(dotted && c == '.'); });
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

/// The first name that stands behind `from a.b`; empty where none does on that line.
std::string_view name_imported(std::string_view rest) {
  constexpr std::string_view kImport = "import";
  rest = trimmed(rest);
  if (!rest.starts_with(kImport)) return {};
  rest.remove_prefix(kImport.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t("), rest.size()));
  return name_at_start(rest, false);
}

/// The name that the line asks for: Python says only `google` of `from google.cloud import storage`.
std::string full_name(const MissingModule& missing) {
  const std::string_view line = missing.source;
  const std::string& name = missing.name;
  for (auto at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
    const auto end = at + name.size();
    const bool begins = at == 0 || (!is_of_name(line[at - 1]) && line[at - 1] != '.');
    if (!begins || (end < line.size() && is_of_name(line[end]))) continue;
    const std::string_view found = name_at_start(line.substr(at), true);
    const std::string_view more = name_imported(line.substr(at + found.size()));
    return std::string(found) + (more.empty() ? "" : ".") + std::string(more);
  }
  return name;
}

/// All that is known about a module that should come with a package.
class Advisor {
 public:
  Advisor(const MissingModule& missing, const Function& function, const Project& project)
      : missing_(missing),
        project_(project),
        target_{project.root.string(), project.venv, project.python},
        providers_(providers_of(full_name(missing))),
        name_(providers_.shared ? providers_.module : missing.name),
        manifest_(dependencies_for(target_.root, function.file)) {
    if (target_.python.empty()) target_.python = "3";
    for (const std::string& name : providers_.distributions) {
      if (!manifest_ || named_ != nullptr) break;
      named_ = manifest_->find(normalized(name));
    }
    if (manifest_ && named_ == nullptr) {
      absent_ = absent(*manifest_, Installed(project_.venv, project_.python), project_.python);
      fitting_ = fitting();
    }
  }

  /// By its own name, or perhaps by that of a package that brings it along.
  bool is_named() const { return named_ != nullptr || !fitting_.empty(); }

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
    if (named_ != nullptr) return named();
    if (!fitting_.empty()) return perhaps_named(fitting_);
    const std::string outermost = missing_.name.substr(0, missing_.name.find('.'));
    const bool direct = missing_.source.empty() || has_word(missing_.source, outermost);
    if (providers_.distributions.empty()) return direct ? of_shared_name() : of_unseen_name();
    if (!direct) return wanted_by_package();
    if (const std::string group = other_group(); !group.empty()) return in_other_group(group);
    const Words alike = of_like_name();
    const bool same = alike.size() == 1 && in_one_word(alike.front()) == in_one_word(name_);
    if (const std::string other = meant(); !other.empty() && !same) return misspelt(other);
    return alike.empty() ? not_named() : perhaps_named(alike);
  }

 private:
  /// What of absent_ begins with the shared name: the module is not in what is installed.
  Words fitting() const {
    if (!providers_.shared || (providers_.known && !providers_.common)) return {};
    const std::string start = normalized(name_.substr(0, name_.find('.'))) + "-";
    Words found;
    for (const Requirement* each : absent_) {
      if (each->name.starts_with(start)) found.push_back(each->shown);
    }
    return found;
  }

  /// What of absent_ may be named after the module: `frobnic` may come with frob-nic-sdk.
  Words of_like_name() const {
    const std::string module = in_one_word(name_);
    if (providers_.known || module.size() < 4) return {};
    Words found;
    for (const Requirement* each : absent_) {
      if (begins_with(each->name, module)) found.push_back(each->shown);
    }
    return found;
  }

  /// Whether the first parts of a distribution's name are the module's, "python-" left out.
  static bool begins_with(std::string_view name, std::string_view module) {
    if (name.starts_with("python-")) name.remove_prefix(name.find('-') + 1);
    for (auto end = name.find('-'); end != name.npos; end = name.find('-', end + 1)) {
      if (in_one_word(name.substr(0, end)) == module) return true;
    }
    return in_one_word(name) == module;
  }

  /// "frob-nic" is "frobnic".
  static std::string in_one_word(std::string_view name) {
    std::string word = normalized(name);
    std::erase(word, '-');
    return word;
  }

  /// "a or b or c or another one"
  static std::string choice(const Words& names) {
    std::string text = names.front();
    for (std::size_t i = 1; i < std::min(names.size(), kMostShown); ++i) text += " or " + names[i];
    return text + (names.size() > kMostShown ? " or another one" : "");
  }

  std::string perhaps_named(const Words& names) const {
    return fmt::format("`{}` may come with {}, which {} in {} but not installed{}: run {}", name_,
                       choice(names), names.size() == 1 ? "is" : "are", manifest_->file, where(),
                       commands(all_of(*manifest_)));
  }

  /// ", so it will be missing on Vercel too", as far as that is known.
  std::string consequence() const {
    if (manifest_ && manifest_->more) return {};
    const std::string text = ", so it will be missing on Vercel too";
    if (absent_.empty()) return text;
    Words names;
    for (const Requirement* each : absent_) names.push_back(each->shown);
    return fmt::format("{}, unless {} (not installed either) brings it along", text, choice(names));
  }

  std::string of_shared_name() const {
    return fmt::format("many packages share the name `{}`, and the one that is wanted here is not "
                       "installed{}: name it in {}, then run `localfn dev --install`", name_, where(),
                       manifest_ ? manifest_->file : "requirements.txt");
  }

  std::string of_unseen_name() const {
    return fmt::format("a package that is imported there needs a part of `{}` that is not "
                       "installed{}; many packages share that name: `--debug` shows the line that "
                       "imports it", name_, where());
  }

  std::string named() const {
    if (is_for_others(*named_, project_.python)) {
      return fmt::format("{}is in {} only where `{}`, which does not hold for Python {} on Linux",
                         subject(named_->shown), manifest_->file, named_->marker, project_.python);
    }
    return fmt::format("{}is in {} but not installed{}: run {}", subject(named_->shown),
                       manifest_->file, where(), commands(all_of(*manifest_)));
  }

  /// "`requests` ", or "`yaml` comes with PyYAML, which ".
  std::string subject(const std::string& distribution) const {
    return normalized(distribution) == normalized(name_)
               ? fmt::format("`{}` ", distribution)
               : fmt::format("`{}` comes with {}, which ", name_, distribution);
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
                       name_, where(), again);
  }

  /// The package of the manifest whose name is nearly that, for it is probably meant.
  std::string meant() const {
    if (!manifest_ || providers_.known || providers_.shared || name_.size() < 5) return {};
    std::vector<std::string> names;
    for (const Requirement& requirement : manifest_->named) {
      names.push_back(requirement.name);
      std::replace(names.back().begin(), names.back().end(), '-', '_');
    }
    return nearest(name_, names);
  }

  std::string misspelt(const std::string& other) const {
    return fmt::format("there is no `{}` in {}; do you mean `{}`, which is?", name_, manifest_->file,
                       other);
  }

  std::string not_named() const {
    std::string text =
        manifest_ ? fmt::format("{}is not in {}", subject(distribution()), manifest_->file)
                  : fmt::format("{}is not installed{}, and the project has no requirements.txt",
                                subject(distribution()), where());
    text += consequence();
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
  const std::string name_;  ///< as much of what the line asks for as tells the package
  const std::optional<Dependencies> manifest_;
  const Requirement* named_ = nullptr;
  std::vector<const Requirement*> absent_;  ///< what those bring along is not known
  Words fitting_;
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
