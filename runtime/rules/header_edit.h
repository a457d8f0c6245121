// Changes to headers that rules ask for: `transforms` of type request.headers and response.headers.
//
// Made by the router for one request, applied where the headers are: to the request before the
// function is called, to the answer before it leaves. Values; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace localfn::rules {

/// Decides which header names an edit is for. Names are compared in lower case.
class KeyMatcher {
 public:
  virtual ~KeyMatcher() = default;
  virtual bool matches(std::string_view lower_case_name) const = 0;
};

struct HeaderEdit {
  enum class Operation { Set, Append, Delete };
  Operation operation = Operation::Set;
  /// The name, lower case; empty when `matcher` chooses among the headers that are there.
  std::string name;
  std::shared_ptr<const KeyMatcher> matcher;
  std::vector<std::string> values;
};

/// Applies the edits in order. Set replaces every header of that name, Append adds a value to the
/// one that is there (", " between them) or a new header, Delete removes them (or, with values, only
/// those values).
void apply(const std::vector<HeaderEdit>& edits,
           std::vector<std::pair<std::string, std::string>>& headers);

}  // namespace localfn::rules
