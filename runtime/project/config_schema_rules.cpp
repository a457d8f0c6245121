#include "runtime/project/config_schema_rules.h"

namespace localfn::schema_rules {
namespace {

using schema::Alias;
using schema::Property;
using schema::Shape;
using schema::Type;
using Kind = JsonValue::Kind;

constexpr Alias kRedirectAliases[] = {
    {"src", "source"}, {"dest", "destination"}, {"status", "statusCode"}};
constexpr Alias kRewriteAliases[] = {
    {"src", "source"}, {"dest", "destination"}, {"status", "statusCode", false}};
constexpr Alias kHeaderAliases[] = {{"src", "source"}, {"header", "headers"}};

constexpr Shape kNumber{.type = Type::Number};
constexpr Shape kText{.type = Type::String, .longest = 4096};
constexpr Shape kName{.type = Type::String, .longest = 256};
constexpr Shape kTexts{.type = Type::Array, .items = &kText};
constexpr Shape kStatus{.type = Type::Integer, .least = 100, .most = 999};
constexpr Shape kEnv{.type = Type::Array, .longest = 64, .items = &kName};

// --- a value of a condition, a key of a transform: text, or an object of operators

constexpr Shape kTextOrNumber{.type = Type::String, .wanted = "a string or a number"};
const Shape* choose_eq(const JsonValue& value) {
  return value.is(Kind::Integer) || value.is(Kind::Number) ? &kNumber : &kTextOrNumber;
}
constexpr Shape kEq{.choose = choose_eq, .first = &kTextOrNumber};
constexpr Property kOperators[] = {{"eq", &kEq},     {"neq", &kText},  {"inc", &kTexts},
                                   {"ninc", &kTexts}, {"pre", &kText}, {"suf", &kText},
                                   {"re", &kText},   {"gt", &kNumber}, {"gte", &kNumber},
                                   {"lt", &kNumber}, {"lte", &kNumber}};
constexpr Shape kOperatorObject{.type = Type::Object, .shortest = 1, .properties = kOperators};
constexpr Shape kMatchText{.type = Type::String, .wanted = "a string or an object of operators",
                           .longest = 4096};
const Shape* choose_match(const JsonValue& value) {
  return value.is(Kind::Object) ? &kOperatorObject : &kMatchText;
}
constexpr Shape kMatch{.choose = choose_match, .first = &kMatchText};

// --- has, missing

constexpr std::string_view kHostType[] = {"host"};
constexpr std::string_view kKeyTypes[] = {"header", "cookie", "query"};
constexpr Shape kHostTypeShape{.type = Type::String, .allowed = kHostType};
constexpr Shape kKeyTypeShape{.type = Type::String,
                              .wanted = "\"host\", \"header\", \"cookie\" or \"query\"",
                              .allowed = kKeyTypes};
constexpr Property kHostProperties[] = {{"type", &kHostTypeShape, true}, {"value", &kMatch, true}};
constexpr Property kKeyProperties[] = {
    {"type", &kKeyTypeShape, true}, {"key", &kText, true}, {"value", &kMatch}};
constexpr Shape kHostItem{.type = Type::Object, .properties = kHostProperties};
constexpr Shape kKeyItem{.type = Type::Object, .properties = kKeyProperties};
const Shape* choose_condition(const JsonValue& value) {
  const JsonValue* const type = value.find("type");
  return type != nullptr && type->is(Kind::String) && type->text == "host" ? &kHostItem : &kKeyItem;
}
constexpr Shape kCondition{.choose = choose_condition, .first = &kHostItem};
constexpr Shape kConditions{.type = Type::Array, .longest = 16, .items = &kCondition};

// --- transforms

constexpr std::string_view kTransformTypes[] = {"request.headers", "request.query",
                                                "response.headers", "request.path"};
constexpr std::string_view kPathTypes[] = {"request.path"};
constexpr std::string_view kAllOps[] = {"set", "append", "delete"};
constexpr std::string_view kPathOps[] = {"set"};
constexpr Shape kTransformType{.type = Type::String, .allowed = kTransformTypes};
constexpr Shape kPathType{.type = Type::String, .allowed = kPathTypes};
constexpr Shape kOperation{.type = Type::String, .allowed = kAllOps};
constexpr Shape kPathOperation{.type = Type::String, .allowed = kPathOps};
constexpr Property kTargetProperties[] = {{"key", &kMatch, true}};
constexpr Shape kTarget{.type = Type::Object, .properties = kTargetProperties};
constexpr Shape kArgumentText{.type = Type::String, .wanted = "a string or an array of strings",
                              .longest = 4096};
constexpr Shape kArgumentList{.type = Type::Array, .shortest = 1, .items = &kText};
const Shape* choose_arguments(const JsonValue& value) {
  return value.is(Kind::Array) ? &kArgumentList : &kArgumentText;
}
constexpr Shape kArguments{.choose = choose_arguments, .first = &kArgumentText};
constexpr Property kTransformProperties[] = {{"type", &kTransformType, true},
                                             {"op", &kOperation, true},
                                             {"target", &kTarget, true},
                                             {"args", &kArguments},
                                             {"env", &kEnv}};
constexpr Property kPathTransformProperties[] = {{"type", &kPathType, true},
                                                 {"op", &kPathOperation, true},
                                                 {"target", nullptr},
                                                 {"args", &kArguments, true},
                                                 {"env", &kEnv}};
constexpr Shape kTransform{.type = Type::Object, .properties = kTransformProperties};
constexpr Shape kPathTransform{.type = Type::Object, .properties = kPathTransformProperties};
const Shape* choose_transform(const JsonValue& value) {
  const JsonValue* const type = value.find("type");
  const bool path = type != nullptr && type->is(Kind::String) && type->text == "request.path";
  return path ? &kPathTransform : &kTransform;
}
constexpr Shape kAnyTransform{.choose = choose_transform, .first = &kTransform};
constexpr Shape kTransforms{.type = Type::Array, .shortest = 1, .items = &kAnyTransform};
/// A rewrite may change the path only.
constexpr Shape kPathTransforms{.type = Type::Array, .shortest = 1, .items = &kPathTransform};

// --- redirects, rewrites, headers

constexpr Property kRedirectProperties[] = {
    {"source", &kText, true}, {"destination", &kText, true}, {"permanent", &kBoolean},
    {"statusCode", &kStatus}, {"has", &kConditions},         {"missing", &kConditions},
    {"env", &kEnv}};

constexpr Shape kDestinationText{.type = Type::String, .wanted = "a string", .longest = 4096};
constexpr Property kServiceProperties[] = {{"service", &kString, true}, {"path", &kString}};
constexpr Shape kService{.type = Type::Object, .properties = kServiceProperties};
const Shape* choose_destination(const JsonValue& value) {
  return value.is(Kind::Object) ? &kService : &kDestinationText;
}
constexpr Shape kDestination{.choose = choose_destination, .first = &kDestinationText};
constexpr Property kRewriteProperties[] = {
    {"source", &kText, true},         {"destination", &kDestination, true},
    {"statusCode", &kStatus},         {"has", &kConditions},
    {"missing", &kConditions},        {"transforms", &kPathTransforms},
    {"env", &kEnv},                   {"respectOriginCacheControl", &kBoolean}};

constexpr Shape kHeaderValue{.type = Type::String, .longest = 32768};
constexpr Property kHeaderProperties[] = {{"key", &kText, true}, {"value", &kHeaderValue, true}};
constexpr Shape kHeader{.type = Type::Object, .properties = kHeaderProperties};
constexpr Shape kHeaders{.type = Type::Array, .longest = 1024, .items = &kHeader};
constexpr Property kHeaderRuleProperties[] = {{"source", &kText, true},
                                              {"headers", &kHeaders, true},
                                              {"has", &kConditions},
                                              {"missing", &kConditions}};

// --- routes

constexpr Shape kHeaderMap{.type = Type::Object, .shortest = 1, .longest = 100,
                           .entries = &kHeaderValue};
constexpr Shape kMethod{.type = Type::String, .longest = 32};
constexpr Shape kMethods{.type = Type::Array, .longest = 10, .items = &kMethod};
constexpr Property kRouteProperties[] = {
    {"src", &kText},
    {"source", &kText},
    {"dest", &kText},
    {"destination", &kText},
    {"headers", &kHeaderMap},
    {"methods", &kMethods},
    {"caseSensitive", &kBoolean},
    {"important", &kBoolean},
    {"user", &kBoolean},
    {"continue", &kBoolean},
    {"override", &kBoolean},
    {"check", &kBoolean},
    {"isInternal", &kBoolean},
    {"status", &kStatus},
    {"statusCode", &kStatus},
    {"locale", nullptr},
    {"middleware", nullptr},
    {"middlewarePath", nullptr},
    {"middlewareRawSrc", nullptr},
    {"has", &kConditions},
    {"missing", &kConditions},
    {"mitigate", nullptr},
    {"transforms", &kTransforms},
    {"env", &kEnv},
    {"respectOriginCacheControl", &kBoolean},
};
constexpr Alias kRouteAliases[] = {{"header", "headers"}, {"method", "methods"}};
constexpr std::string_view kSourceNames[] = {"src", "source"};
constexpr Shape kSourceRoute{.type = Type::Object, .properties = kRouteProperties,
                             .aliases = kRouteAliases, .one_of = kSourceNames};

constexpr std::string_view kPhases[] = {"filesystem", "miss",     "hit",
                                        "error",      "rewrite", "resource"};
constexpr Shape kHandle{.type = Type::String, .allowed = kPhases};
constexpr Property kHandleProperties[] = {{"handle", &kHandle, true}};
constexpr Shape kHandleRoute{.type = Type::Object, .properties = kHandleProperties};
const Shape* choose_route(const JsonValue& value) {
  return value.find("handle") != nullptr ? &kHandleRoute : &kSourceRoute;
}

}  // namespace

const Shape kRedirect{.type = Type::Object, .properties = kRedirectProperties,
                      .aliases = kRedirectAliases};
const Shape kRewrite{.type = Type::Object, .properties = kRewriteProperties,
                     .aliases = kRewriteAliases};
const Shape kHeaderRule{.type = Type::Object, .properties = kHeaderRuleProperties,
                        .aliases = kHeaderAliases};
const Shape kRoute{.choose = choose_route, .first = &kSourceRoute};

}  // namespace localfn::schema_rules
