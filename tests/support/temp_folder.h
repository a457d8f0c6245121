// A private temporary folder that is removed with everything in it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace localfn::test {

class TempFolder {
 public:
  /// Made below the test process's own temporary folder; throws std::system_error.
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Everything in it, at any depth, relative and sorted.
  std::vector<std::string> contents() const;

 private:
  std::filesystem::path path_;
};

}  // namespace localfn::test
