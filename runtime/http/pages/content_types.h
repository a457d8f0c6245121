// File name → Content-Type, as the platform's static server says it.
//
// The table of our own comes first, so that the answers that matter are the same on every machine;
// the system's /etc/mime.types fills in what is rarer. Any thread.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace localfn::http {

/// The extension with its dot, as the ETag counts it: ".gz" of "a.tar.gz", "" of ".env" and
/// "LICENSE".
std::string_view file_extension(std::string_view name);

class ContentTypes {
 public:
  explicit ContentTypes(std::string system_table = "/etc/mime.types")
      : system_path_(std::move(system_table)) {}

  /// For a file name without its folder. A name like ".profile" has a type only when the part after
  /// the dot is known (".html"); everything else unknown is application/octet-stream.
  std::optional<std::string> of(std::string_view name) const;

 private:
  /// By extension in lower case, without its dot; empty when unknown.
  std::string lookup(const std::string& extension) const;
  void read_system_table() const;

  std::string system_path_;
  // Read when the first extension comes that is not in our own table; never changed after that.
  mutable std::once_flag once_;
  mutable std::unordered_map<std::string, std::string> system_;
};

}  // namespace localfn::http
