// The path of a request in the forms routing needs. Pure. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace localfn {

/// The path as a browser's URL parser hands it on: backslashes are slashes. `path` itself when it
/// has none; otherwise `storage` holds the result.
std::string_view without_backslashes(std::string_view path, std::string& storage);

/// "/a//b///c" → "/a/b/c".
std::string with_single_slashes(std::string_view path);

/// Percent-decoded, except for what would change the path's shape: an encoded slash and an encoded
/// NUL stay as they are, and so does an escape that is none ("%zz"). `text` itself when there is
/// nothing to decode.
std::string_view decoded(std::string_view text, std::string& storage);

/// Whether a segment is "." or "..": such paths reach nothing.
bool has_dot_segment(std::string_view decoded_path);

/// As JavaScript's encodeURIComponent: for the names of query parameters.
std::string encode_component(std::string_view text);

}  // namespace localfn
