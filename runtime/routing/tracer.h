// Writes down which rule was tried and what came of it, if anybody asked.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "runtime/project/text.h"
#include "runtime/routing/route.h"

namespace localfn {

/// Without a trace nothing is formatted. Arguments are evaluated nevertheless: ask the tracer first
/// where they cost something.
class Tracer {
 public:
  explicit Tracer(Trace* trace) : trace_(trace) {}

  explicit operator bool() const { return trace_ != nullptr; }

  template <typename... Arguments>
  void add(std::string_view kind, std::string_view name, fmt::format_string<Arguments...> outcome,
           Arguments&&... arguments) const {
    if (trace_ == nullptr) return;
    trace_->push_back({std::string(kind) + printable(name),
                       fmt::format(outcome, std::forward<Arguments>(arguments)...), {}});
  }

  void add_at(std::string_view rule, std::string_view place, std::string outcome) const {
    trace_->push_back({std::string(rule), std::move(outcome), std::string(place)});
  }

 private:
  Trace* trace_;
};

}  // namespace localfn
