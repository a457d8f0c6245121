// What `localfn check` says: one problem that a project would have on the platform, and where.
//
// Values, made by the checks of this folder and shown by report.h. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/errors.h"

namespace localfn::checks {

enum class Severity { Hint, Warning, Error };

/// "error", "warning", "hint".
std::string_view name_of(Severity severity);

struct Finding {
  std::string code;  ///< one of codes.h
  Severity severity = Severity::Warning;
  std::string file;      ///< relative to the project; empty: the project as a whole
  int line = 0;          ///< from 1; 0: the whole file
  int column = 0;        ///< from 1, in characters; 0: the whole line
  std::string message;   ///< what was seen, and why that goes wrong on the platform
  std::string fix;       ///< what to do about it; may be empty
  std::string platform;  ///< the platform's own words where they are known
};

using Findings = std::vector<Finding>;

/// Where in the project; what is not known stays as it is.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

/// "vercel.json:3:5" → its parts; what has no numbers is a file.
Place read_place(std::string_view text);

/// A finding with the severity that its code has by itself. `code` is one of codes.h: any other is
/// a slip in this program and ends it (std::logic_error).
Finding finding(std::string_view code, Place place, std::string message, std::string fix = {});

/// A problem that the project's readers have found; its column becomes one of characters.
Finding finding_of(std::string_view code, const Diagnostic& problem, std::string fix = {});

/// Sorts by place and drops what is there twice.
void put_in_order(Findings& findings);

}  // namespace localfn::checks
