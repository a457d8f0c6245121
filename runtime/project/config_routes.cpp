// `routes` of vercel.json: the older, lower form of all other rules, cut into phases by handles.
#include <fmt/format.h>

#include <array>

#include "runtime/project/config_reading.h"

namespace localfn {
namespace {

using Kind = JsonValue::Kind;
using rules::Phase;
using rules::RuleSpec;

struct PhaseName {
  std::string_view name;
  Phase phase;
};
constexpr std::array<PhaseName, 6> kPhases = {{{"filesystem", Phase::Filesystem},
                                               {"rewrite", Phase::Rewrite},
                                               {"resource", Phase::Resource},
                                               {"miss", Phase::Miss},
                                               {"hit", Phase::Hit},
                                               {"error", Phase::Error}}};

/// Two names of one property, of which a route may have one.
struct Pair {
  std::string_view older;
  std::string_view newer;
};
constexpr Pair kSource{"src", "source"}, kDestination{"dest", "destination"},
    kStatus{"status", "statusCode"};

class RouteReader {
 public:
  explicit RouteReader(ConfigReading& reading) : reading_(reading) {}

  void read(const ConfigReading::Item& item) {
    item_ = item;
    sound_ = true;
    if (const JsonValue* const handle = item.value->find("handle")) return enter(*handle);
    for (const Pair& pair : {kSource, kDestination, kStatus}) refuse_both(pair);
    if (phase_ == Phase::Hit) check_hit();
    if (phase_ == Phase::Miss) check_miss();
    RuleSpec rule = make_rule();
    if (sound_) reading_.config.routing.routes.push_back(std::move(rule));
  }

  Phase phase() const { return phase_; }

 private:
  void refuse(std::size_t offset, std::string_view ours, std::string_view theirs) {
    sound_ = false;
    reading_.refuse(offset, fmt::format("routes[{}] {}", item_.index, ours),
                    fmt::format("Error: [invalid_route] Route at index {} {}", item_.index, theirs));
  }

  void enter(const JsonValue& handle) {
    for (const PhaseName& known : kPhases) {
      if (known.name != handle.text) continue;
      phase_ = known.phase;
      bool& seen = seen_[static_cast<std::size_t>(known.phase)];
      if (seen) {
        refuse(handle.offset,
               fmt::format("is the second \"handle\": \"{}\"; join the routes of both", known.name),
               fmt::format("is a duplicate. Please use one `handle: {}` at most.", known.name));
      }
      seen = true;
    }
  }

  const JsonValue* find(const Pair& pair) const {
    const JsonValue* const older = item_.value->find(pair.older);
    return older != nullptr ? older : item_.value->find(pair.newer);
  }

  void refuse_both(const Pair& pair) {
    const JsonValue* const newer = item_.value->find(pair.newer);
    if (newer == nullptr || item_.value->find(pair.older) == nullptr) return;
    refuse(newer->offset,
           fmt::format("has {} and {}, which mean the same; keep one of them", pair.older, pair.newer),
           fmt::format("cannot define both `{}` and `{}`. Please use only one.", pair.older,
                       pair.newer));
  }

  void forbid_after_hit(const Pair& pair) {
    const JsonValue* const value = find(pair);
    if (value == nullptr) return;
    refuse(value->offset,
           fmt::format("stands after \"handle\": \"hit\", where a route only sets headers; remove {}",
                       pair.older),
           fmt::format("cannot define `{}`/`{}` after `handle: hit`.", pair.older, pair.newer));
  }

  void check_hit() {
    forbid_after_hit(kDestination);
    forbid_after_hit(kStatus);
    demand("continue", "hit");
  }

  void check_miss() { demand(find(kDestination) != nullptr ? "check" : "continue", "miss"); }

  void demand(std::string_view property, std::string_view phase) {
    if (is_true(*item_.value, property)) return;
    refuse(item_.value->offset,
           fmt::format("needs \"{}\": true after \"handle\": \"{}\"", property, phase),
           fmt::format("must define `{}: true` after `handle: {}`.", property, phase));
  }

  RuleSpec make_rule() {
    const JsonValue& value = *item_.value;
    RuleSpec rule;
    rule.kind = rules::RuleKind::Route;
    rule.index = item_.index;
    rule.offset = value.offset;
    rule.phase = phase_;
    const JsonValue& source = *find(kSource);
    rule.source = {source.text, source.offset};
    if (const auto* found = find(kDestination)) {
      rule.destination = rules::Text{found->text, found->offset};
    }
    if (const auto* found = find(kStatus)) rule.status = static_cast<int>(found->integer);
    if (const auto* found = value.find("headers")) {
      for (const JsonMember& header : found->members) {
        rule.headers.push_back(
            {{header.key, header.offset}, {header.value.text, header.value.offset}});
      }
    }
    if (const auto* found = value.find("methods")) {
      for (const JsonValue& method : found->items) rule.methods.push_back(method.text);
    }
    rule.continues = is_true(value, "continue");
    rule.check = is_true(value, "check");
    rule.has = read_conditions(value, "has");
    rule.missing = read_conditions(value, "missing");
    rule.transforms = read_transforms(value, fmt::format("routes[{}]", item_.index), reading_);
    return rule;
  }

  ConfigReading& reading_;
  ConfigReading::Item item_;
  bool sound_ = true;
  Phase phase_ = Phase::Start;
  std::array<bool, 7> seen_{};
};

}  // namespace

void read_routes(ConfigReading& reading) {
  RouteReader routes(reading);
  for (const ConfigReading::Item& item : reading.items_of("routes")) routes.read(item);
  reading.config.routing.last_phase = routes.phase();
}

}  // namespace localfn
