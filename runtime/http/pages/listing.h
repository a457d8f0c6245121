// The page for a folder without an index file: what lies in it, as links.
#pragma once

#include <string>
#include <string_view>

#include "runtime/http/pages/page.h"
#include "runtime/project/project.h"

namespace localfn::http {

/// The listing of `directory` (served path with a slash at both ends). The root also names the
/// project's functions. Pure: reads the Project only, never the disk. Whether a listing may be
/// shown is the router's decision.
Page listing_page(const Project& project, std::string_view directory, std::string_view id,
                  const wire::Headers& route_headers = {});

}  // namespace localfn::http
