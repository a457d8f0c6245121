// The request of a recorded probe: what of it is worth writing, and without its secrets. Pure.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/probes/recording.h"

namespace localfn::probes {

class RecordedRequest {
 public:
  /// path, method, headers, cookies and body in the words of a probe.
  nlohmann::ordered_json describe(const Recorded& recorded);

  /// The name that stands for `secret`, made of `wish`; the same for the same secret.
  std::string placeholder(std::string_view wish, const std::string& secret);

  /// Every name made so far, sorted.
  std::vector<std::string> placeholders() const;

 private:
  std::string without_secret(const std::string& name, const std::string& value);

  std::map<std::string, std::string> names_;  ///< name → what it stands for
};

/// name and value of every cookie of a request.
Pairs cookies_of(const Pairs& headers);

/// UTF-8 without control characters but line ends and tabs.
bool is_text(std::string_view bytes);

/// At most `most` bytes of `text`, not ending within a character.
std::string_view up_to_character(std::string_view text, std::size_t most);

}  // namespace localfn::probes
