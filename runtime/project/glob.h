// Shell patterns: those of vercel.json's `functions` and those of ignore files.
//
// Pure. Any thread.
#pragma once

#include <string_view>

namespace localfn {

/// Whether the path matches the pattern as minimatch (without its `dot` option) sees it: `*` and
/// `?` stay inside a segment, `**` spans segments, `[a-c]`, `[!a]`, `{a,b}`; a name that starts with
/// a dot is matched only by a pattern segment that does too.
bool glob_matches(std::string_view pattern, std::string_view path);

/// The same with minimatch's `dot` option: wildcards match a leading dot too.
bool dot_glob_matches(std::string_view pattern, std::string_view path);

/// The same as gitignore has it: no braces, and wildcards match a leading dot.
bool ignore_glob_matches(std::string_view pattern, std::string_view path);

}  // namespace localfn
