#include "runtime/patterns/path_pattern.h"

#include <algorithm>
#include <utility>

#include "runtime/patterns/path_tokens.h"
#include "runtime/patterns/pattern_error.h"

namespace localfn::patterns {
namespace {

/// Where the pattern of a group went in the regular expression.
struct Origin {
  std::size_t regex_offset;
  std::size_t source_offset;
};

std::string escaped(std::string_view text) {
  static constexpr std::string_view kSpecial = R"(.+*?=^!:${}()[]|/\)";
  std::string result;
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

class Builder {
 public:
  std::string run(const std::vector<PathToken>& tokens) {
    regex_ = "^";
    for (const auto& token : tokens) {
      if (token.is_text) {
        regex_ += escaped(token.text);
      } else {
        add_group(token, escaped(token.prefix), escaped(token.suffix));
      }
    }
    return std::move(regex_ += '$');
  }

  /// The place in the source of a place in the regular expression.
  std::size_t source_offset(std::size_t regex_offset) const {
    std::size_t found = 0;
    for (const auto& origin : origins_) {
      if (origin.regex_offset > regex_offset) break;
      found = origin.source_offset + (regex_offset - origin.regex_offset);
    }
    return found;
  }

 private:
  void add_group(const PathToken& token, const std::string& prefix, const std::string& suffix) {
    const bool repeats = token.modifier == '+' || token.modifier == '*';
    const std::string modifier(token.modifier == 0 ? 0 : 1, token.modifier);
    if (!token.is_parameter()) {
      regex_ += "(?:" + prefix + suffix + ")" + modifier;
    } else if (prefix.empty() && suffix.empty()) {
      add_pattern("(", token, ")" + modifier);
    } else if (!repeats) {
      add_pattern("(?:" + prefix + "(", token, ")" + suffix + ")" + modifier);
    } else {
      // Repeated with what stands around it, and captured as one text.
      add_pattern("(?:" + prefix + "((?:", token, ")");
      add_pattern("(?:" + suffix + prefix + "(?:", token, "))*)" + suffix + ")");
      if (token.modifier == '*') regex_ += '?';
    }
  }

  void add_pattern(const std::string& before, const PathToken& token, const std::string& after) {
    regex_ += before;
    if (token.own_pattern) origins_.push_back({regex_.size(), token.pattern_offset});
    regex_ += token.pattern;
    regex_ += after;
  }

  std::string regex_;
  std::vector<Origin> origins_;
};

/// A group that occurs at least once: what stands around it is there in every path that matches.
bool always_there(const PathToken& token) { return token.modifier == 0 || token.modifier == '+'; }

/// The text before the first thing that may vary; `whole` when there is no such thing.
std::string literal_start(const std::vector<PathToken>& tokens, bool& whole) {
  std::string start;
  whole = false;
  for (const auto& token : tokens) {
    if (token.is_text) {
      start += token.text;
    } else if (!token.is_parameter() && token.modifier == 0) {
      start += token.prefix + token.suffix;
    } else {
      if (always_there(token)) start += token.prefix;
      return start;
    }
  }
  whole = true;
  return start;
}

/// The text after the last thing that may vary. Only asked where there is such a thing.
std::string literal_end(const std::vector<PathToken>& tokens) {
  std::string end;
  for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) {
    if (token->is_text) {
      end.insert(0, token->text);
    } else if (!token->is_parameter() && token->modifier == 0) {
      end.insert(0, token->prefix + token->suffix);
    } else {
      if (always_there(*token)) end.insert(0, token->suffix);
      break;
    }
  }
  return end;
}

Regex compile_built(const std::string& text, const Builder& builder, std::size_t source_size) {
  try {
    return Regex::compile(text);
  } catch (const PatternError& error) {
    // The platform makes no difference between a pattern it cannot read and one whose regular
    // expression does not compile.
    const auto kind = error.kind() == PatternError::Kind::InvalidRegex
                          ? PatternError::Kind::InvalidPattern
                          : error.kind();
    throw PatternError(kind, std::min(builder.source_offset(error.offset()), source_size),
                       error.what());
  }
}

}  // namespace

PathPattern PathPattern::compile(std::string_view source) {
  // The platform asks this first, of the source itself, before it reads it as a path pattern.
  translate_regex(source);
  const auto tokens = parse_path(source, kSourceDefaultPattern);
  PathPattern result;
  for (const auto& token : tokens) {
    if (token.is_parameter()) result.names_.push_back(token.name);
  }
  Builder builder;
  result.regex_source_ = builder.run(tokens);
  bool literal = false;
  result.prefix_ = literal_start(tokens, literal);
  if (literal) return result;
  result.suffix_ = literal_end(tokens);
  result.regex_ = compile_built(result.regex_source_, builder, source.size());
  return result;
}

MatchResult PathPattern::match(std::string_view path, Captures& captures) const {
  if (!regex_) {
    if (path != prefix_) return MatchResult::NoMatch;
    captures.reset(1);
    captures.set(0, path);
    return MatchResult::Match;
  }
  // Most rules that begin like the path end otherwise: comparing costs a tenth of the expression.
  if (!path.starts_with(prefix_) || !path.ends_with(suffix_)) return MatchResult::NoMatch;
  return regex_->match(path, captures);
}

}  // namespace localfn::patterns
