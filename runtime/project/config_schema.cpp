#include "runtime/project/config_schema.h"

#include "runtime/project/config_schema_rules.h"

namespace localfn {
namespace {

using schema::Property;
using schema::Shape;
using schema::Type;
using namespace schema_rules;

// --- functions

constexpr std::string_view kArchitectures[] = {"x86_64", "arm64"};
constexpr Shape kArchitecture{.type = Type::String, .allowed = kArchitectures};
constexpr Shape kString256{.type = Type::String, .longest = 256};
constexpr Shape kRegions{.type = Type::Array, .items = &kString256};
constexpr Shape kConcurrency{.type = Type::Integer, .least = 1};

// The schema looks at the bounds of numbers only; every other type passes on the platform.
constexpr Shape kAnything{};
constexpr Shape kMemoryNumber{.type = Type::Number, .wanted = "128..10240", .least = 128,
                              .most = 10240};
const Shape* choose_memory(const JsonValue& value) {
  const bool number = value.is(JsonValue::Kind::Integer) || value.is(JsonValue::Kind::Number);
  return number ? &kMemoryNumber : &kAnything;
}
constexpr Shape kMemory{.choose = choose_memory, .first = &kMemoryNumber};

constexpr Shape kSeconds{.type = Type::Integer, .wanted = "1..3600 or \"max\"", .least = 1,
                         .most = 3600};
constexpr std::string_view kMaxWords[] = {"max"};
constexpr Shape kMaxWord{.type = Type::String, .allowed = kMaxWords};
const Shape* choose_duration(const JsonValue& value) {
  return value.is(JsonValue::Kind::String) && value.text == "max" ? &kMaxWord : &kSeconds;
}
constexpr Shape kMaxDuration{.choose = choose_duration, .first = &kSeconds};

constexpr Property kFunctionProperties[] = {
    {"architecture", &kArchitecture},
    {"runtime", &kString256},
    {"memory", &kMemory},
    {"maxDuration", &kMaxDuration},
    {"maxConcurrency", &kConcurrency},
    {"regions", &kRegions},
    {"functionFailoverRegions", &kRegions},
    {"includeFiles", &kString256},
    {"excludeFiles", &kString256},
    {"experimentalTriggers", nullptr},
    {"supportsCancellation", &kBoolean},
};
constexpr Shape kFunction{.type = Type::Object, .properties = kFunctionProperties};
constexpr Shape kFunctions{.type = Type::Object, .shortest = 1, .longest = 50,
                           .entries = &kFunction};

// --- builds

constexpr Shape kUse{.type = Type::String, .shortest = 3, .longest = 256};
constexpr Shape kSource{.type = Type::String, .shortest = 1, .longest = 4096};
constexpr Shape kObject{.type = Type::Object, .open = true};
constexpr Property kBuildProperties[] = {{"src", &kSource}, {"use", &kUse, true},
                                         {"config", &kObject}};
constexpr Shape kBuild{.type = Type::Object, .properties = kBuildProperties};
constexpr Shape kBuilds{.type = Type::Array, .longest = 128, .items = &kBuild};

// --- crons, images, proxy: checked only

constexpr Shape kCronPath{.type = Type::String, .longest = 512, .starts_with_slash = true};
constexpr Shape kSchedule{.type = Type::String, .shortest = 9, .longest = 256};
constexpr Property kCronProperties[] = {{"path", &kCronPath, true}, {"schedule", &kSchedule, true}};
constexpr Shape kCron{.type = Type::Object, .properties = kCronProperties};
constexpr Shape kCrons{.type = Type::Array, .items = &kCron};

constexpr Shape kSize{.type = Type::Number};
constexpr Shape kSizes{.type = Type::Array, .shortest = 1, .longest = 50, .items = &kSize};
constexpr Property kImageProperties[] = {{"sizes", &kSizes, true}};
constexpr Shape kImages{.type = Type::Object, .properties = kImageProperties, .open = true};

constexpr Property kProxyProperties[] = {{"entrypoint", &kString, true}, {"matcher", nullptr}};
constexpr Shape kProxy{.type = Type::Object, .properties = kProxyProperties, .open = true};

// --- the file

constexpr Shape kRedirects{.type = Type::Array, .longest = 2048, .items = &kRedirect};
constexpr Shape kRewrites{.type = Type::Array, .longest = 2048, .items = &kRewrite};
constexpr Shape kHeaderRules{.type = Type::Array, .longest = 2048, .items = &kHeaderRule};
constexpr Shape kRoutes{.type = Type::Array, .items = &kRoute};

constexpr Property kTopLevel[] = {
    {"builds", &kBuilds},       {"bulkRedirectsPath", &kString}, {"cleanUrls", &kBoolean},
    {"crons", &kCrons},         {"functions", &kFunctions},      {"headers", &kHeaderRules},
    {"images", &kImages},       {"proxy", &kProxy},              {"redirects", &kRedirects},
    {"rewrites", &kRewrites},   {"routes", &kRoutes},            {"trailingSlash", &kBoolean},
};

// --- bulk redirects

constexpr Shape kBulkStatus{.type = Type::Integer, .wanted = "301, 302, 303, 307 or 308",
                            .least = 301, .most = 308};
constexpr Shape kPlace{.type = Type::String, .shortest = 1};
constexpr Property kBulkProperties[] = {
    {"source", &kPlace, true},    {"destination", &kPlace, true},
    {"permanent", &kBoolean},     {"statusCode", &kBulkStatus},
    {"caseSensitive", &kBoolean}, {"preserveQueryParams", &kBoolean},
};
constexpr schema::Alias kBulkAliases[] = {
    {"src", "source"}, {"dest", "destination"}, {"status", "statusCode"}};

}  // namespace

const Shape kVercelJson{.type = Type::Object, .properties = kTopLevel, .open = true};
const Shape kBulkRedirect{.type = Type::Object, .properties = kBulkProperties,
                          .aliases = kBulkAliases};

}  // namespace localfn
