// The look of every HTML page that localfn makes: one frame, one style sheet, nothing to load.
#pragma once

#include <string>
#include <string_view>

namespace localfn::http {

/// Safe between tags and inside quoted attributes.
std::string escape_html(std::string_view text);

/// Escapes a sentence and sets what stands in `backticks` as code. A lone backtick stays.
std::string sentence_html(std::string_view text);

/// `text` as a sentence of a page: a capital letter first, a full stop at the end.
std::string as_sentence(std::string_view text);

/// A whole document. `title` is plain text, `body` is HTML.
std::string html_document(std::string_view title, std::string_view body);

/// A served path as a link target: what URLs reserve is percent-encoded, slashes stay.
std::string url_path(std::string_view path);

}  // namespace localfn::http
