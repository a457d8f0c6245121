// Bulk redirects: the file or folder that `bulkRedirectsPath` of vercel.json names.
//
// Used while a Project is made. See https://vercel.com/docs/redirects/bulk-redirects.
#pragma once

#include <string>
#include <vector>

#include "runtime/project/config.h"
#include "runtime/project/folder.h"

namespace localfn {

/// Whether the name is that of a file of bulk redirects: .json, .jsonl or .csv.
bool is_bulk_file(std::string_view name);

/// Reads the redirects of one file (its name decides how) and adds them to `redirects`; what is wrong
/// with any goes to `errors`, and that one is left out. Pure.
void parse_bulk_redirects(const SourceText& source, std::vector<rules::BulkRedirect>& redirects,
                          std::vector<Diagnostic>& errors);

/// Fills config.routing.bulk_redirects from the files of the folder, in the order of their names.
void load_bulk_redirects(const Folder& folder, Config& config);

}  // namespace localfn
