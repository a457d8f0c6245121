// A user's project in a temporary folder: written, edited and removed by one test.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tests/support/temp_folder.h"

namespace localfn::test {

class TempProject {
 public:
  TempProject() = default;

  const std::filesystem::path& root() const { return folder_.path(); }

  /// Writes a new file beside `file` and renames it over `file`, as most editors save. Makes the
  /// folders it needs. Throws on failure, as all of these do.
  void write(const std::string& file, std::string_view content);

  /// Truncates and writes the file itself, as `echo > file` does.
  void write_in_place(const std::string& file, std::string_view content);

  void append(const std::string& file, std::string_view content);
  void remove(const std::string& file);
  void rename(const std::string& from, const std::string& to);
  void make_folder(const std::string& folder);
  void link(const std::string& file, const std::filesystem::path& target);

  /// Copies a folder of files into the project.
  void copy_from(const std::filesystem::path& folder);

  std::string read(const std::string& file) const;

 private:
  TempFolder folder_;
};

/// The source of a handler class whose do_GET answers 200 with `text` as text/plain.
std::string handler_answering(std::string_view text);

/// The source of a handler class with do_GET and do_POST alike: `body` is the method's body, its
/// lines indented by nothing. `before` stands above the class.
std::string handler_doing(std::string_view body, std::string_view before = "");

}  // namespace localfn::test
