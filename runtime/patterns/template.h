// Text with parameters: the parts of a destination, the values of headers, paths of transforms.
//
// Compiled while the configuration is read, expanded for each request that matched, by any thread.
// A parameter comes from the source (its bytes go out as they were sent) or from a `has` condition
// (text from a header, a cookie, a decoded query: it is escaped for the place it is put in).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/patterns/captures.h"
#include "runtime/patterns/percent.h"

namespace localfn::patterns {

/// What a template may refer to.
struct ParameterNames {
  std::vector<std::string> source;      ///< group i + 1 of the source; empty without a name
  std::vector<std::string> conditions;  ///< Conditions::parameter_names()
};

/// The values, in the order of ParameterNames. Borrowed for the length of an expansion.
struct Parameters {
  const Captures& source;
  const std::vector<std::string>& conditions;
};

class Template {
 public:
  /// What compile() reads besides `$1` and `$name`.
  enum class Syntax {
    Dollars,      ///< nothing: legacy routes
    Pattern,      ///< path patterns, `:name`, `:name*`; destinations and transforms
    HeaderValue,  ///< `:name` of known parameters; all else is text
  };

  static Template compile(std::string_view text, Syntax syntax, const ParameterNames& names,
                          UrlPart part);

  /// The value of the parameter `name`, nothing else. It must be in `names`.
  static Template parameter(std::string_view name, const ParameterNames& names, UrlPart part);

  /// `text` itself, whatever is in it.
  static Template constant(std::string text);

  void append(Template other);

  /// Escapes what its author wrote, for the part that it is compiled for.
  void escape_text();

  /// What it always expands to; nothing to substitute.
  bool is_constant() const;

  void expand(const Parameters& parameters, std::string& out) const;

 private:
  friend class TemplateCompiler;

  struct Piece {
    enum class Kind { Text, Group, Condition };
    Kind kind;
    std::string text;       ///< of Text
    std::size_t index = 0;  ///< group, from 1, or condition, from 0
    UrlPart part;
  };

  std::vector<Piece> pieces_;
};

}  // namespace localfn::patterns
