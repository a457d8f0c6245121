// The shapes of routing rules: redirects, rewrites, headers, routes, and what they share.
//
// Data only, for config_schema.cpp.
#pragma once

#include "runtime/project/schema.h"

namespace localfn::schema_rules {

inline constexpr schema::Shape kBoolean{.type = schema::Type::Boolean};
inline constexpr schema::Shape kString{.type = schema::Type::String};

extern const schema::Shape kRedirect;
extern const schema::Shape kRewrite;
extern const schema::Shape kHeaderRule;
extern const schema::Shape kRoute;

}  // namespace localfn::schema_rules
