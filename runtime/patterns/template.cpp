#include "runtime/patterns/template.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "runtime/patterns/path_tokens.h"
#include "runtime/patterns/pattern_error.h"

namespace localfn::patterns {
namespace {

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

std::size_t length_while(std::string_view text, bool (*accepts)(char)) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), accepts) -
                                  text.begin());
}

/// The group that `12abc` refers to: its leading digits. 0 when there is none.
std::size_t leading_number(std::string_view text) {
  std::size_t number = 0;
  for (const char c : text.substr(0, 6)) {
    if (c < '0' || c > '9') break;
    number = number * 10 + static_cast<std::size_t>(c - '0');
  }
  return number;
}

/// The longest of `names` that `text` starts with and that no word character follows.
std::string_view known_name_at(std::string_view text, const std::vector<std::string>& names) {
  std::string_view longest;
  for (const auto& name : names) {
    const bool fits = !name.empty() && text.starts_with(name) &&
                      (text.size() == name.size() || !is_word(text[name.size()]));
    if (fits && name.size() > longest.size()) longest = name;
  }
  return longest;
}

}  // namespace

class TemplateCompiler {
 public:
  using Piece = Template::Piece;

  TemplateCompiler(const ParameterNames& names, UrlPart part) : names_(names), part_(part) {}

  Template run(std::string_view text, Template::Syntax syntax) {
    switch (syntax) {
      case Template::Syntax::Dollars:
        add_text(text);
        break;
      case Template::Syntax::Pattern:
        if (!add_tokens(text)) add_known_names(text);
        break;
      case Template::Syntax::HeaderValue:
        add_known_names(text);
        break;
    }
    return std::move(result_);
  }

  Template run_parameter(std::string_view name) {
    add_reference(name);
    return std::move(result_);
  }

 private:
  /// A condition's parameter hides one of the source; of two in the source the last counts.
  std::optional<Piece> find(std::string_view name) const {
    const auto& conditions = names_.conditions;
    const auto condition = std::find(conditions.begin(), conditions.end(), name);
    if (condition != conditions.end()) {
      return Piece{Piece::Kind::Condition, "",
                   static_cast<std::size_t>(condition - conditions.begin()), part_};
    }
    const auto& source = names_.source;
    const auto group = std::find(source.rbegin(), source.rend(), name);
    if (name.empty() || group == source.rend()) return std::nullopt;
    return Piece{Piece::Kind::Group, "", static_cast<std::size_t>(source.rend() - group), part_};
  }

  bool add_reference(std::string_view name) {
    auto piece = find(name);
    if (piece) result_.pieces_.push_back(*std::move(piece));
    return piece.has_value();
  }

  void add_literal(std::string_view text) {
    auto& pieces = result_.pieces_;
    if (text.empty()) return;
    if (pieces.empty() || pieces.back().kind != Piece::Kind::Text) {
      pieces.push_back({Piece::Kind::Text, "", 0, part_});
    }
    pieces.back().text += text;
  }

  /// Text of the author, in which `$1` and `$name` are parameters in every syntax.
  void add_text(std::string_view text) {
    while (!text.empty()) {
      const auto dollar = std::min(text.find('$'), text.size());
      add_literal(text.substr(0, dollar));
      text.remove_prefix(dollar);
      if (!text.empty()) text.remove_prefix(1 + add_dollar(text.substr(1)));
    }
  }

  /// Behind a dollar; how much of the text belongs to it. Without a name it is a dollar.
  std::size_t add_dollar(std::string_view text) {
    // The platform's names have neither `_` nor `0`; only those that a condition found may.
    const auto word = text.substr(0, length_while(text, is_word));
    const auto& found = names_.conditions;
    if (std::find(found.begin(), found.end(), word) != found.end()) {
      add_reference(word);
      return word.size();
    }
    const auto name = text.substr(
        0, length_while(text, [](char c) { return is_word(c) && c != '_' && c != '0'; }));
    if (name.empty()) {
      add_literal("$");
    } else if (!add_reference(name)) {
      const auto number = leading_number(name);
      // A group that does not exist, or a name that nobody has, is empty.
      if (number > 0) result_.pieces_.push_back({Piece::Kind::Group, "", number, part_});
    }
    return name.size();
  }

  /// The text as a path pattern whose parameters are all known. False, and nothing is added, when
  /// it is none.
  bool add_tokens(std::string_view text) {
    try {
      for (const auto& token : parse_path(text, kDestinationDefaultPattern)) {
        if (!add_token(token)) return result_.pieces_.clear(), false;
      }
      return true;
    } catch (const PatternError&) {
      return result_.pieces_.clear(), false;
    }
  }

  bool add_token(const PathToken& token) {
    if (token.is_text) return add_text(token.text), true;
    if (!find(token.name)) return token.modifier == '?' || token.modifier == '*';
    add_text(token.prefix);
    add_reference(token.name);
    add_text(token.suffix);
    return true;
  }

  /// Known `:name`s with or without a modifier; everything else is text.
  void add_known_names(std::string_view text) {
    while (!text.empty()) {
      const auto colon = std::min(text.find(':'), text.size());
      add_text(text.substr(0, colon));
      text.remove_prefix(colon);
      if (text.empty()) return;
      text.remove_prefix(1);
      const auto name =
          std::max(known_name_at(text, names_.source), known_name_at(text, names_.conditions),
                   [](auto a, auto b) { return a.size() < b.size(); });
      if (name.empty()) {
        add_literal(":");
        continue;
      }
      add_reference(name);
      text.remove_prefix(name.size());
      const bool modified =
          !text.empty() && std::string_view("*+?").find(text.front()) != std::string_view::npos;
      if (modified) text.remove_prefix(1);
    }
  }

  const ParameterNames& names_;
  UrlPart part_;
  Template result_;
};

Template Template::compile(std::string_view text, Syntax syntax, const ParameterNames& names,
                           UrlPart part) {
  return TemplateCompiler(names, part).run(text, syntax);
}

Template Template::parameter(std::string_view name, const ParameterNames& names, UrlPart part) {
  return TemplateCompiler(names, part).run_parameter(name);
}

Template Template::constant(std::string text) {
  Template result;
  result.pieces_.push_back({Piece::Kind::Text, std::move(text), 0, UrlPart::Header});
  return result;
}

void Template::append(Template other) {
  pieces_.insert(pieces_.end(), std::make_move_iterator(other.pieces_.begin()),
                 std::make_move_iterator(other.pieces_.end()));
}

void Template::escape_text() {
  for (auto& piece : pieces_) {
    if (piece.kind == Piece::Kind::Text) piece.text = escape_unsafe(piece.text, piece.part);
  }
}

bool Template::is_constant() const {
  return std::all_of(pieces_.begin(), pieces_.end(),
                     [](const Piece& piece) { return piece.kind == Piece::Kind::Text; });
}

void Template::expand(const Parameters& parameters, std::string& out) const {
  for (const auto& piece : pieces_) {
    switch (piece.kind) {
      case Piece::Kind::Text:
        out += piece.text;
        break;
      case Piece::Kind::Group:
        out += parameters.source[piece.index];
        break;
      case Piece::Kind::Condition:
        if (piece.index < parameters.conditions.size()) {
          out += percent_encode(parameters.conditions[piece.index], piece.part);
        }
        break;
    }
  }
}

}  // namespace localfn::patterns
