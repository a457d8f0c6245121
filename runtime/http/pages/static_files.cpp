#include "runtime/http/pages/static_files.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/http/pages/html.h"
#include "runtime/http/pages/platform_headers.h"
#include "runtime/http/pages/project_file.h"
#include "runtime/http/pages/range.h"

namespace localfn::http {
namespace {

/// What of the file is sent, and as what.
struct Selection {
  int status = 200;
  std::uint64_t first = 0;
  std::uint64_t length = 0;
  std::string content_range;  ///< empty: none
};

std::string_view base_name(std::string_view file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string_view::npos ? file : file.substr(slash + 1);
}

const std::string_view* find(const Request& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (equal_ignoring_case(key, name)) return &value;
  }
  return nullptr;
}

/// `inline; filename="NAME"`. Linux allows any byte but NUL and slash in a name: what is not
/// printable ASCII becomes `?`, and a second form (RFC 8187) carries the true name.
std::string content_disposition(std::string_view name) {
  std::string quoted;
  bool exact = true;
  for (const char c : name) {
    const bool printable = c >= 0x20 && c < 0x7f;
    exact = exact && printable;
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += printable ? c : '?';
  }
  std::string value = fmt::format("inline; filename=\"{}\"", quoted);
  if (!exact) value += "; filename*=UTF-8''" + url_path(name);
  return value;
}

Selection select(const Request& request, int status, std::uint64_t size) {
  Selection all{status, 0, size, {}};
  const std::string_view* range = status == 200 ? find(request, "range") : nullptr;
  if (range == nullptr || size == 0) return all;
  const auto wanted = parse_range(*range, size);
  if (!wanted) {
    all.status = 416;  // with the whole body, as the platform's server does
    all.content_range = fmt::format("bytes */{}", size);
    return all;
  }
  return {206, wanted->first, wanted->length(),
          fmt::format("bytes {}-{}/{}", wanted->first, wanted->last, size)};
}

/// The tag must be the very string: neither `*` nor lists nor weak tags. A request for a range is
/// never answered by 304.
bool client_has_it(const Request& request, int status, const std::string& tag) {
  if (status != 200 || find(request, "range") != nullptr) return false;
  const std::string_view* known = find(request, "if-none-match");
  return known != nullptr && *known == tag;
}

/// Moves a Content-Type out of `headers`, the last one when there are several.
std::optional<std::string> take_content_type(wire::Headers& headers) {
  std::optional<std::string> type;
  std::erase_if(headers, [&type](wire::Header& header) {
    if (!equal_ignoring_case(header.first, "content-type")) return false;
    type = std::move(header.second);
    return true;
  });
  return type;
}

/// The headers of the file itself, in the platform's order.
void describe_file(wire::Headers& headers, const Selection& part, std::string_view name,
                   const std::string& tag, std::optional<std::string> type) {
  if (part.status == 416) headers.emplace_back("Content-Range", part.content_range);
  headers.emplace_back("Content-Length", std::to_string(part.length));
  headers.emplace_back("Content-Disposition", content_disposition(name));
  headers.emplace_back("Accept-Ranges", "bytes");
  headers.emplace_back("ETag", tag);
  if (type) headers.emplace_back("Content-Type", std::move(*type));
  if (part.status == 206) headers.emplace_back("Content-Range", part.content_range);
}

StaticAnswer sent(bool client_there, int status) {
  return {client_there ? StaticAnswer::Kind::Sent : StaticAnswer::Kind::ClientGone, status, {}};
}

}  // namespace

StaticAnswer StaticFiles::serve(Exchange& exchange, const std::filesystem::path& root,
                                const std::string& file, int status, std::string_view id,
                                const wire::Headers& route_headers, const FinishHeaders& finish) {
  using Kind = StaticAnswer::Kind;
  ProjectFile opened = open_project_file(root, file);
  if (!opened.fd) {
    const bool failed = opened.out_of_means;
    return {failed ? Kind::Failed : Kind::NotFound, failed ? 500 : 404, std::move(opened.problem)};
  }
  const auto tag = etags_.tag(opened.fd.get(), opened.info, file_extension(base_name(file)));
  if (!tag) {
    return {Kind::NotFound, 404, fmt::format("cannot read {}: it changes while it is read", file)};
  }

  const Request& request = exchange.request();
  wire::Headers headers = platform_headers(id, route_headers);
  auto type = take_content_type(headers);
  if (client_has_it(request, status, *tag)) {
    if (finish) finish(headers);
    return sent(exchange.respond(304, headers, {}), 304);
  }
  if (!type) type = types_.of(base_name(file));
  const Selection part =
      select(request, status, static_cast<std::uint64_t>(opened.info.st_size));
  describe_file(headers, part, base_name(file), *tag, std::move(type));
  if (finish) finish(headers);

  if (request.method == "HEAD" || part.length == 0) {
    return sent(exchange.respond(part.status, headers, {}), part.status);
  }
  const bool whole =
      exchange.send_file(part.status, headers, opened.fd.get(), part.first, part.length);
  return sent(whole, part.status);
}

}  // namespace localfn::http
