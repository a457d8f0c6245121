// One item of `transforms`: a change to the request's path, query or headers, or to the answer's
// headers (specification 4.9).
//
// Compiled while vercel.json is read, expanded by any thread for each request whose rule matched.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/patterns/template.h"
#include "runtime/rules/header_edit.h"
#include "runtime/rules/spec.h"

namespace localfn::rules {

/// The variables that functions see; `$NAME` of a transform is one of them if its `env` lists it.
using Variables = std::vector<std::pair<std::string, std::string>>;

/// The text of an argument: `$1` and `$name` of the rule's parameters, `:name` in rewrites, `$VAR`
/// and `${VAR}` of listed variables. A `$name` that nothing is called stays as it is.
class TransformText {
 public:
  static TransformText compile(std::string_view text, const TransformSpec& spec, RuleKind kind,
                               const patterns::ParameterNames& names);

  std::string expand(const patterns::Parameters& parameters, const Variables& variables) const;

 private:
  friend class TransformTextCompiler;
  struct Piece {
    patterns::Template text;
    std::string variable;  ///< not empty: its value instead
  };
  std::vector<Piece> pieces_;
  patterns::UrlPart part_ = patterns::UrlPart::Header;
};

class Transform {
 public:
  using Type = TransformSpec::Type;

  /// Throws PatternError for an operator `re` that is no regular expression.
  static Transform compile(const TransformSpec& spec, RuleKind kind,
                           const patterns::ParameterNames& names);

  Type type() const { return type_; }
  /// The name to write, as it stands in vercel.json; empty with operators.
  const std::string& key() const { return key_; }

  /// What is to be done, with the values of this request. Of a path: one value, the new path.
  HeaderEdit expand(const patterns::Parameters& parameters, const Variables& variables) const;

 private:
  Type type_ = Type::RequestHeaders;
  HeaderEdit::Operation operation_ = HeaderEdit::Operation::Set;
  std::string key_;
  std::string lower_key_;
  std::shared_ptr<const KeyMatcher> matcher_;
  std::vector<TransformText> arguments_;
};

}  // namespace localfn::rules
