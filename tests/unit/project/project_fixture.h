// A project in a temporary folder, with a scanner that needs no Python.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/project/workspace.h"

namespace localfn::testing {

/// A folder that is removed with everything in it.
class TempFolder {
 public:
  TempFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "localfn-test-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make " + path);
    path_ = std::filesystem::canonical(path);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
  }
  /// As careful editors save: a new file takes the old one's name.
  void replace(const std::string& name, const std::string& text) const {
    write(name + ".tmp", text);
    rename(name + ".tmp", name);
  }
  void rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(path_ / from, path_ / to);
  }
  void remove(const std::string& name) const { std::filesystem::remove_all(path_ / name); }
  void link(const std::string& target, const std::string& name) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::filesystem::create_symlink(target, path_ / name);
  }

 private:
  std::filesystem::path path_;
};

inline const std::string kHandler = "class handler:\n    pass\n";
inline const std::string kModule = "def helper(): pass\n";

inline std::string read_all(const std::string& path, bool& readable) {
  std::ifstream in(path, std::ios::binary);
  readable = static_cast<bool>(in);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Finds "class handler", and "app =" at the begin; counts how often it was asked.
struct FakeScanner {
  std::shared_ptr<std::atomic<int>> scanned = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<bool>> gone = std::make_shared<std::atomic<bool>>(false);

  std::vector<wire::Entry> operator()(const std::vector<std::string>& paths) const {
    std::vector<wire::Entry> entries;
    for (const std::string& path : paths) entries.push_back(look_at(path));
    return entries;
  }

 private:
  wire::Entry look_at(const std::string& path) const {
    ++*scanned;
    wire::Entry entry;
    bool readable = false;
    const std::string text = read_all(path, readable);
    if (!readable || *gone) {
      entry.unreadable = true;
      entry.reason = "cannot read it";
    } else if (text.find("class handler") != std::string::npos) {
      entry.found = true;
      entry.variable = "handler";
      entry.line = 1;
    } else if (text.starts_with("app =")) {
      entry.found = true;
      entry.variable = "app";
      entry.line = 1;
    } else {
      entry.reason = "it defines no handler";
    }
    return entry;
  }
};

/// A folder with the given files; those that end in .py and start with api/ are handlers unless a
/// text is given.
struct TestFile {
  TestFile(const char* file) : name(file), text(is_function(name) ? kHandler : name) {}  // NOLINT
  TestFile(std::string file, std::string content) : name(std::move(file)), text(std::move(content)) {}

  static bool is_function(const std::string& name) {
    return name.compare(0, 4, "api/") == 0 && name.size() > 3 &&
           name.compare(name.size() - 3, 3, ".py") == 0;
  }
  std::string name;
  std::string text;
};

class TestProject : public TempFolder {
 public:
  TestProject(std::initializer_list<TestFile> files) {
    for (const TestFile& file : files) write(file.name, file.text);
  }

  Workspace& workspace() {
    if (!workspace_) {
      options.root = path();
      workspace_ = std::make_unique<Workspace>(options, scanner);
    }
    return *workspace_;
  }
  std::shared_ptr<const Project> current() { return workspace().current(); }

  WorkspaceOptions options;
  FakeScanner scanner;

 private:
  std::unique_ptr<Workspace> workspace_;
};

/// The files of all functions, sorted, in one line.
inline std::string function_files(const Project& project) {
  std::set<std::string> files;
  for (const auto& [path, function] : project.functions) files.insert(function->file);
  std::string line;
  for (const std::string& file : files) line += (line.empty() ? "" : " ") + file;
  return line;
}

}  // namespace localfn::testing
