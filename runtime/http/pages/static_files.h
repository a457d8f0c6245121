// Sends files of the project as they are: the platform's static server.
//
// One object for the life of the process, used by every connection thread. A file is opened,
// looked at and sent within one call; memory use does not depend on its size.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/wire.h"
#include "runtime/http/front.h"
#include "runtime/http/pages/content_types.h"
#include "runtime/http/pages/etag.h"

namespace localfn::http {

struct StaticAnswer {
  enum class Kind {
    Sent,
    ClientGone,  ///< the client left while the file was sent
    NotFound,    ///< nothing has been sent: answer 404
    Failed,      ///< nothing has been sent: answer 500; no descriptors left and the like
  };
  Kind kind = Kind::Sent;
  int status = 200;     ///< what was sent: `status` as asked for, 206, 304 or 416
  std::string problem;  ///< for the terminal, when nothing was sent
};

/// Called with the headers of an answer before it leaves.
using FinishHeaders = std::function<void(wire::Headers&)>;

class StaticFiles {
 public:
  /// Answers with `file` (relative to `root`). `status` is 200, or 404 for 404.html: then neither
  /// If-None-Match nor Range is looked at. `route_headers` are those of vercel.json; of its
  /// Content-Type the last one is used instead of the file's own. `finish` has the last word on the
  /// headers; it may be empty.
  StaticAnswer serve(Exchange& exchange, const std::filesystem::path& root, const std::string& file,
                     int status, std::string_view id, const wire::Headers& route_headers = {},
                     const FinishHeaders& finish = {});

 private:
  ContentTypes types_;
  EtagCache etags_;
};

}  // namespace localfn::http
