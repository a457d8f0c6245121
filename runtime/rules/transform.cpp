#include "runtime/rules/transform.h"

#include <algorithm>
#include <optional>

#include "runtime/base/ascii.h"
#include "runtime/rules/key_matcher.h"

namespace localfn::rules {

using patterns::Template;
using patterns::UrlPart;

namespace {

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

UrlPart part_of(TransformSpec::Type type) {
  switch (type) {
    case TransformSpec::Type::RequestPath: return UrlPart::Path;
    case TransformSpec::Type::RequestQuery: return UrlPart::Query;
    default: return UrlPart::Header;
  }
}

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

class TransformTextCompiler {
 public:
  TransformTextCompiler(const TransformSpec& spec, RuleKind kind,
                        const patterns::ParameterNames& names)
      : spec_(spec), kind_(kind), names_(names), part_(part_of(spec.type)) {}

  TransformText run(std::string_view text) {
    result_.part_ = part_;
    while (!text.empty()) {
      const std::size_t dollar = std::min(text.find('$'), text.size());
      add_plain(text.substr(0, dollar));
      text.remove_prefix(dollar);
      if (!text.empty()) text.remove_prefix(add_dollar(text));
    }
    return std::move(result_);
  }

 private:
  void add(Template text) { result_.pieces_.push_back({std::move(text), {}}); }

  /// Text without a dollar; in rewrites `:name` is a parameter.
  void add_plain(std::string_view text) {
    if (text.empty()) return;
    const bool named = kind_ != RuleKind::Route;
    const auto syntax = named ? Template::Syntax::HeaderValue : Template::Syntax::Dollars;
    Template plain = Template::compile(text, syntax, names_, part_);
    plain.escape_text();
    add(std::move(plain));
  }

  /// `text` starts with a dollar; how much of it has been taken.
  std::size_t add_dollar(std::string_view text) {
    if (text.substr(0, 2) == "${") {
      const std::size_t end = text.find('}');
      const bool closed = end != std::string_view::npos;
      if (closed && add_variable(text.substr(2, end - 2))) return end + 1;
    }
    std::size_t end = 1;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::string_view name = text.substr(1, end - 1);
    if (add_variable(name) || add_parameter(name)) return end;
    add(Template::constant(std::string(text.substr(0, end))));
    return end;
  }

  bool add_variable(std::string_view name) {
    if (!contains(spec_.env, name)) return false;
    result_.pieces_.push_back({Template::constant({}), std::string(name)});
    return true;
  }

  bool add_parameter(std::string_view name) {
    if (name.empty()) return false;
    const bool known = contains(names_.source, name) || contains(names_.conditions, name);
    if (known) return add(Template::parameter(name, names_, part_)), true;
    const bool number = std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!number || name[0] == '0' || name.size() > 3) return false;
    if (std::stoul(std::string(name)) > names_.source.size()) return false;
    add(Template::compile("$" + std::string(name), Template::Syntax::Dollars, names_, part_));
    return true;
  }

  const TransformSpec& spec_;
  RuleKind kind_;
  const patterns::ParameterNames& names_;
  UrlPart part_;
  TransformText result_;
};

TransformText TransformText::compile(std::string_view text, const TransformSpec& spec,
                                     RuleKind kind, const patterns::ParameterNames& names) {
  return TransformTextCompiler(spec, kind, names).run(text);
}

std::string TransformText::expand(const patterns::Parameters& parameters,
                                  const Variables& variables) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    if (piece.variable.empty()) {
      piece.text.expand(parameters, out);
      continue;
    }
    const auto found = std::find_if(variables.begin(), variables.end(), [&](const auto& variable) {
      return variable.first == piece.variable;
    });
    if (found != variables.end()) out += patterns::percent_encode(found->second, part_);
  }
  return out;
}

Transform Transform::compile(const TransformSpec& spec, RuleKind kind,
                             const patterns::ParameterNames& names) {
  Transform transform;
  transform.type_ = spec.type;
  switch (spec.operation) {
    case TransformSpec::Operation::Set: break;
    case TransformSpec::Operation::Append:
      transform.operation_ = HeaderEdit::Operation::Append;
      break;
    case TransformSpec::Operation::Delete:
      transform.operation_ = HeaderEdit::Operation::Delete;
      break;
  }
  if (const auto* name = std::get_if<std::string>(&spec.key)) {
    transform.key_ = *name;
    transform.lower_key_ = lower_case(*name);
  } else {
    transform.matcher_ = match_keys(std::get<patterns::ConditionOperators>(spec.key));
  }
  for (const Text& argument : spec.arguments) {
    transform.arguments_.push_back(TransformText::compile(argument.text, spec, kind, names));
  }
  return transform;
}

HeaderEdit Transform::expand(const patterns::Parameters& parameters,
                             const Variables& variables) const {
  HeaderEdit edit{operation_, lower_key_, matcher_, {}};
  for (const TransformText& argument : arguments_) {
    edit.values.push_back(argument.expand(parameters, variables));
  }
  return edit;
}

}  // namespace localfn::rules
