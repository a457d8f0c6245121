#include "runtime/probes/recording.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "runtime/base/ascii.h"
#include "runtime/probes/recorded_request.h"

namespace localfn::probes {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t kMost = 500;          // probes of one recording
constexpr std::size_t kLargestJson = 2000;  // bytes; of a longer one only what is short is expected
constexpr std::size_t kLongestText = 80;

std::string header_of(const Pairs& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

/// What a page has that its next version will have, too: its title, or its first words.
std::string telling_text(std::string_view body, bool html) {
  if (html) {
    const auto begin = body.find("<title>");
    const auto end = begin == body.npos ? body.npos : body.find("</title>", begin);
    if (end != body.npos) return std::string(body.substr(begin, end + 8 - begin));
  }
  while (!body.empty()) {
    const auto end = std::min(body.find('\n'), body.size());
    std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    while (!line.empty() && static_cast<unsigned char>(line.back()) <= ' ') line.remove_suffix(1);
    while (!line.empty() && static_cast<unsigned char>(line.front()) <= ' ') line.remove_prefix(1);
    if (line.empty() || (html && line.front() == '<')) continue;
    return std::string(up_to_character(line, kLongestText));
  }
  return {};
}

/// The members of an object that are no objects and lists.
json short_members(const json& value) {
  json kept = json::object();
  for (const auto& [key, member] : value.items()) {
    if (!member.is_structured() && member.dump().size() <= kLongestText) kept[key] = member;
  }
  return kept;
}

std::optional<json> expected_json(const std::string& body) {
  json value = json::parse(body, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  if (body.size() <= kLargestJson) return value;
  if (!value.is_object()) return std::nullopt;
  value = short_members(value);
  return value.empty() ? std::nullopt : std::optional(std::move(value));
}

/// What both have. Nothing when they have nothing in common.
std::optional<json> common(const json& one, const json& other) {
  if (one == other) return one;
  if (!one.is_object() || !other.is_object()) return std::nullopt;
  json kept = json::object();
  for (const auto& [key, value] : one.items()) {
    if (!other.contains(key)) continue;
    if (auto both = common(value, other.at(key))) kept[key] = std::move(*both);
  }
  return kept.empty() ? std::nullopt : std::optional(std::move(kept));
}

/// What must come back, in the words of a probe.
json expectations(const Recorded& recorded) {
  json probe = {{"status", recorded.status}};
  const std::string type = header_of(recorded.answer_headers, "content-type");
  if (!type.empty()) probe["responseHeaders"] = {{"content-type", type}};
  for (const char* name : {"location", "access-control-allow-origin"}) {
    const std::string value = header_of(recorded.answer_headers, name);
    if (!value.empty()) probe["responseHeaders"][name] = value;
  }
  if (recorded.answer.empty() || !is_text(recorded.answer)) return probe;
  const bool is_json = lower_case(type).find("json") != std::string::npos;
  if (is_json && recorded.answer_whole) {
    if (auto value = expected_json(recorded.answer)) probe["json"] = std::move(*value);
  } else if (!is_json) {
    const bool html = lower_case(type).find("html") != std::string::npos;
    const std::string text = telling_text(recorded.answer, html);
    if (!text.empty()) probe["mustContain"] = text;
  }
  return probe;
}

/// Leaves in `probe` only what `again`, the same request later, expects as well.
void keep_common(json& probe, const json& again) {
  for (const char* key : {"json", "responseHeaders"}) {
    if (!probe.contains(key)) continue;
    auto both = again.contains(key) ? common(probe[key], again[key]) : std::nullopt;
    if (both) {
      probe[key] = std::move(*both);
    } else {
      probe.erase(key);
    }
  }
  if (probe.contains("mustContain") && probe["mustContain"] != again.value("mustContain", json())) {
    probe.erase("mustContain");
  }
}

bool makes_a_probe(const Recorded& recorded) {
  if (recorded.target.empty() || recorded.target[0] != '/' || !recorded.body_whole) return false;
  if (!is_text(recorded.target) || !is_text(recorded.body)) return false;
  if (recorded.status < 200 || recorded.status >= 500) return false;
  const bool asked_for_by_browsers = recorded.target == "/favicon.ico" && recorded.status == 404;
  return recorded.status != 304 && recorded.status != 206 && !asked_for_by_browsers;
}

}  // namespace

class Recording::State {
 public:
  Added add(const Recorded& recorded) {
    if (!makes_a_probe(recorded)) return Added::LeftOut;
    json request = request_.describe(recorded);
    json expected = expectations(recorded);
    const bool reads =
        recorded.method == "GET" || recorded.method == "HEAD" || recorded.method == "OPTIONS";
    if (!reads) first_of_kin_ = entries_.size();
    for (std::size_t i = first_of_kin_; reads && i < entries_.size(); ++i) {
      Entry& entry = entries_[i];
      if (entry.request != request || entry.expected["status"] != expected["status"]) continue;
      keep_common(entry.expected, expected);
      note_cookies(recorded, i);
      return Added::Known;
    }
    if (entries_.size() >= kMost) return Added::LeftOut;
    keep_cookies(recorded);
    entries_.push_back({std::move(request), std::move(expected), json::object()});
    note_cookies(recorded, entries_.size() - 1);
    if (!reads) first_of_kin_ = entries_.size();
    return Added::New;
  }

  std::size_t size() const { return entries_.size(); }

  std::vector<std::string> placeholders() const {
    auto names = request_.placeholders();
    for (const Entry& entry : entries_) {
      for (const auto& [name, source] : entry.keeps.items()) std::erase(names, name);
    }
    return names;
  }

  std::string text() const {
    json probes = json::array();
    for (const Entry& entry : entries_) {
      json probe = entry.request;
      probe.update(entry.expected);
      if (!entry.keeps.empty()) probe["keep"] = entry.keeps;
      probes.push_back(std::move(probe));
    }
    std::string note =
        "Recorded by localfn dev --record. Look it over: bodies, queries and answers are as they "
        "were, and times, counters and names in them may not be the same next time.";
    const auto names = placeholders();
    if (!names.empty()) {
      note += " Secrets were left out; localfn test takes from the environment:";
      for (const auto& name : names) note += " " + name;
    }
    const json file = {{"note", note}, {"probes", probes}};
    return file.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  }

 private:
  struct Entry {
    json request;
    json expected;
    json keeps;
  };

  /// Which probe has been answered with which cookie.
  void note_cookies(const Recorded& recorded, std::size_t index) {
    for (const auto& [name, value] : recorded.answer_headers) {
      if (!equal_ignoring_case(name, "set-cookie")) continue;
      const std::string pair = value.substr(0, value.find(';'));
      if (pair.find('=') != std::string::npos) given_[pair] = index;
    }
  }

  /// A cookie that an answer has given needs nobody's secret: the probe keeps it.
  void keep_cookies(const Recorded& recorded) {
    for (const auto& [name, value] : cookies_of(recorded.headers)) {
      const auto found = given_.find(name + "=" + value);
      if (found == given_.end()) continue;
      entries_[found->second].keeps[request_.placeholder("COOKIE_" + name, value)] =
          "cookie:" + name;
    }
  }

  RecordedRequest request_;
  std::vector<Entry> entries_;
  /// The same request after one that may have changed something is another probe.
  std::size_t first_of_kin_ = 0;
  std::map<std::string, std::size_t> given_;  ///< "name=value" of Set-Cookie → index
};

Recording::Recording() : state_(std::make_unique<State>()) {}
Recording::~Recording() = default;
Recording::Added Recording::add(const Recorded& recorded) { return state_->add(recorded); }
std::size_t Recording::size() const { return state_->size(); }
std::vector<std::string> Recording::placeholders() const { return state_->placeholders(); }
std::string Recording::text() const { return state_->text(); }

}  // namespace localfn::probes
