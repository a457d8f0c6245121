#include "runtime/http/pages/content_types.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "runtime/base/ascii.h"

namespace localfn::http {
namespace {

struct Row {
  std::string_view extension;
  std::string_view type;
};

constexpr std::string_view kUnknown = "application/octet-stream";

/// Sorted by extension. Some rows say "unknown" on purpose: the platform's table is older than
/// those types, and the system's table must not be asked for them.
constexpr Row kRows[] = {
    {"3gp", "video/3gpp"},
    {"7z", "application/x-7z-compressed"},
    {"aac", "audio/x-aac"},
    {"apk", "application/vnd.android.package-archive"},
    {"apng", "image/apng"},
    {"appcache", "text/cache-manifest"},
    {"atom", "application/atom+xml"},
    {"avi", "video/x-msvideo"},
    {"avif", "application/octet-stream"},
    {"bin", "application/octet-stream"},
    {"bmp", "image/bmp"},
    {"bz2", "application/x-bzip2"},
    {"c", "text/x-c"},
    {"cc", "text/x-c"},
    {"cjs", "application/octet-stream"},
    {"coffee", "text/coffeescript"},
    {"conf", "text/plain"},
    {"cpp", "text/x-c"},
    {"css", "text/css"},
    {"csv", "text/csv"},
    {"deb", "application/octet-stream"},
    {"dll", "application/octet-stream"},
    {"dmg", "application/octet-stream"},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"dot", "application/msword"},
    {"dtd", "application/xml-dtd"},
    {"eot", "application/vnd.ms-fontobject"},
    {"epub", "application/epub+zip"},
    {"exe", "application/octet-stream"},
    {"flac", "audio/x-flac"},
    {"geojson", "application/geo+json"},
    {"gif", "image/gif"},
    {"glb", "model/gltf-binary"},
    {"gltf", "model/gltf+json"},
    {"gpx", "application/gpx+xml"},
    {"graphql", "application/graphql"},
    {"gz", "application/gzip"},
    {"h", "text/x-c"},
    {"heic", "image/heic"},
    {"heif", "image/heif"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"ico", "image/vnd.microsoft.icon"},
    {"ics", "text/calendar"},
    {"img", "application/octet-stream"},
    {"ini", "text/plain"},
    {"iso", "application/octet-stream"},
    {"jar", "application/java-archive"},
    {"java", "text/x-java-source"},
    {"jp2", "image/jp2"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "application/javascript"},
    {"json", "application/json"},
    {"json5", "application/json5"},
    {"jsonld", "application/ld+json"},
    {"jsx", "text/jsx"},
    {"kml", "application/vnd.google-earth.kml+xml"},
    {"less", "text/less"},
    {"log", "text/plain"},
    {"m4a", "audio/mp4"},
    {"m4v", "video/x-m4v"},
    {"manifest", "text/cache-manifest"},
    {"map", "application/json"},
    {"markdown", "text/markdown"},
    {"md", "text/markdown"},
    {"mid", "audio/midi"},
    {"midi", "audio/midi"},
    {"mjs", "application/javascript"},
    {"mkv", "video/x-matroska"},
    {"mov", "video/quicktime"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"mpeg", "video/mpeg"},
    {"mpg", "video/mpeg"},
    {"odp", "application/vnd.oasis.opendocument.presentation"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"oga", "audio/ogg"},
    {"ogg", "audio/ogg"},
    {"ogv", "video/ogg"},
    {"opus", "audio/ogg"},
    {"otf", "font/otf"},
    {"pdf", "application/pdf"},
    {"php", "application/x-httpd-php"},
    {"pl", "application/x-perl"},
    {"png", "image/png"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"ps", "application/postscript"},
    {"psd", "image/vnd.adobe.photoshop"},
    {"py", "application/octet-stream"},
    {"pyc", "application/octet-stream"},
    {"rar", "application/x-rar-compressed"},
    {"rss", "application/rss+xml"},
    {"rtf", "application/rtf"},
    {"sass", "text/x-sass"},
    {"scss", "text/x-scss"},
    {"sh", "application/x-sh"},
    {"so", "application/octet-stream"},
    {"sql", "application/x-sql"},
    {"stl", "model/stl"},
    {"svg", "image/svg+xml"},
    {"svgz", "image/svg+xml"},
    {"swf", "application/x-shockwave-flash"},
    {"tar", "application/x-tar"},
    {"tex", "application/x-tex"},
    {"text", "text/plain"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"toml", "application/octet-stream"},
    {"topojson", "application/json"},
    {"torrent", "application/x-bittorrent"},
    {"ts", "video/mp2t"},
    {"tsv", "text/tab-separated-values"},
    {"tsx", "application/octet-stream"},
    {"ttc", "font/collection"},
    {"ttf", "font/ttf"},
    {"txt", "text/plain"},
    {"vcf", "text/x-vcard"},
    {"vtt", "text/vtt"},
    {"wasm", "application/wasm"},
    {"wav", "audio/wav"},
    {"weba", "audio/webm"},
    {"webm", "video/webm"},
    {"webmanifest", "application/manifest+json"},
    {"webp", "image/webp"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"xhtml", "application/xhtml+xml"},
    {"xls", "application/vnd.ms-excel"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"xml", "application/xml"},
    {"xsd", "application/xml"},
    {"xsl", "application/xml"},
    {"xslt", "application/xslt+xml"},
    {"yaml", "text/yaml"},
    {"yml", "text/yaml"},
    {"zip", "application/zip"},
};
static_assert(std::is_sorted(std::begin(kRows), std::end(kRows),
                             [](const Row& a, const Row& b) { return a.extension < b.extension; }));

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return result;
}

/// Types that are text in UTF-8 for everybody.
bool has_charset(std::string_view type) {
  return type.starts_with("text/") || type == "application/javascript" ||
         type == "application/json" || type == "application/manifest+json";
}

std::string complete(std::string_view type) {
  std::string result(type);
  if (has_charset(type)) result += "; charset=utf-8";
  return result;
}

}  // namespace

std::string_view file_extension(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot);
}

std::optional<std::string> ContentTypes::of(std::string_view name) const {
  const bool dotfile = name.starts_with('.') && name.rfind('.') == 0;
  const std::string_view extension = dotfile ? name : file_extension(name);
  const std::string type = extension.size() > 1 ? lookup(lower(extension.substr(1))) : "";
  if (!type.empty()) return complete(type);
  return dotfile ? std::nullopt : std::optional<std::string>(kUnknown);
}

std::string ContentTypes::lookup(const std::string& extension) const {
  const auto* row = std::lower_bound(
      std::begin(kRows), std::end(kRows), extension,
      [](const Row& a, const std::string& wanted) { return a.extension < wanted; });
  if (row != std::end(kRows) && row->extension == extension) return std::string(row->type);
  std::call_once(once_, [this] { read_system_table(); });
  const auto found = system_.find(extension);
  return found == system_.end() ? std::string() : found->second;
}

/// Lines `type  ext ext …`; `#` begins a comment. A machine without the file has an empty table.
void ContentTypes::read_system_table() const {
  std::ifstream file(system_path_);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string type;
    std::string extension;
    words >> type;
    if (type.find('/') == std::string::npos) continue;
    while (words >> extension) system_.emplace(lower(extension), type);
  }
}

}  // namespace localfn::http
