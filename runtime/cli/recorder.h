// `localfn dev --record`: a file of probes that grows with the requests that are made.
//
// Thread-safe. The file is replaced as a whole after each request that adds something to it.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/http/recording_exchange.h"
#include "runtime/probes/recording.h"

namespace localfn::cli {

class Recorder {
 public:
  /// `file` is relative to the current folder; empty: probes.recorded.json of the project, or the
  /// next such name that is free. Throws UsageError when `file` is there already, or cannot be
  /// written.
  Recorder(const std::filesystem::path& project, const std::string& file);

  /// Takes the file away when nothing was recorded.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Bytes of a body that are worth keeping.
  static constexpr std::size_t kMostBody = 256 * 1024;

  /// What went through; "" or why the file could not be written, once for each reason.
  std::string take(const http::RecordingExchange& exchange);

  const std::filesystem::path& file() const { return file_; }

  /// Whether a file of the project, relative to its root, is one that the recorder writes.
  bool is_own(std::string_view file) const;

  /// "12 probes in probes.recorded.json; secrets left out: COOKIE_SID".
  std::string summary() const;

 private:
  bool write(std::string& problem) const;

  std::filesystem::path file_;
  std::string own_name_;  ///< relative to the project; empty: outside of it
  mutable std::mutex mutex_;
  probes::Recording recording_;
  std::string last_text_;
  std::string last_problem_;
};

}  // namespace localfn::cli
