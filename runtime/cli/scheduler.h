// `localfn invoke --cron`: a request as the platform's scheduler makes it.
#pragma once

#include "runtime/http/local_exchange.h"
#include "runtime/project/project.h"

namespace localfn::cli {

/// Adds the headers of a cron job (https://vercel.com/docs/cron-jobs): `User-Agent`,
/// `x-vercel-cron-schedule` and, where the project's variables have CRON_SECRET, `Authorization`;
/// none that `request` has already. Reads vercel.json. Throws UsageError when that has no cron job
/// of the request's path. Main thread.
void ask_as_scheduler(const Project& project, http::LocalRequest& request);

}  // namespace localfn::cli
