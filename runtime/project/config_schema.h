// The shape of vercel.json, as the platform's schema has it.
//
// Data only; from the properties of https://vercel.com/docs/project-configuration and the errors that
// the platform's validator gives.
#pragma once

#include "runtime/project/schema.h"

namespace localfn {

/// The whole file. Top-level keys that it does not name are accepted.
extern const schema::Shape kVercelJson;

/// One line or item of the file that `bulkRedirectsPath` names.
extern const schema::Shape kBulkRedirect;

}  // namespace localfn
