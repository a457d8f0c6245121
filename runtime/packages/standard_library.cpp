#include "runtime/packages/standard_library.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "runtime/project/python_choice.h"

namespace localfn::packages {
namespace {

/// "What's New in Python 3.12" and 3.13 list what went; PEP 594 says why.
struct Gone {
  std::string_view module;
  std::string_view since;    ///< the first version without it
  std::string_view instead;  ///< completes "use …"
};

constexpr Gone kGone[] = {
    {"aifc", "3.13", "the package standard-aifc"},
    {"asynchat", "3.12", "asyncio, or the package pyasynchat"},
    {"asyncore", "3.12", "asyncio, or the package pyasyncore"},
    {"audioop", "3.13", "the package audioop-lts"},
    {"binhex", "3.11", "binascii or base64"},
    {"cgi", "3.13", "`urllib.parse.parse_qs` and `email.message`, or the package legacy-cgi"},
    {"cgitb", "3.13", "traceback, or the package legacy-cgi"},
    {"chunk", "3.13", "the package standard-chunk"},
    {"crypt", "3.13", "hashlib, or the package bcrypt or legacycrypt"},
    {"distutils", "3.12", "the package setuptools, which brings it along; for versions, packaging"},
    {"formatter", "3.10", "string formatting of your own"},
    {"imghdr", "3.13", "the package filetype, puremagic or standard-imghdr"},
    {"imp", "3.12", "importlib"},
    {"lib2to3", "3.13", "the package libcst or parso"},
    {"mailcap", "3.13", "mimetypes"},
    {"msilib", "3.13", "another tool: it was for Windows only"},
    {"nis", "3.13", "another directory service"},
    {"nntplib", "3.13", "the package standard-nntplib"},
    {"ossaudiodev", "3.13", "another library for sound"},
    {"parser", "3.10", "ast"},
    {"pipes", "3.13", "subprocess, and `shlex.quote`"},
    {"smtpd", "3.12", "the package aiosmtpd"},
    {"sndhdr", "3.13", "the package filetype, puremagic or standard-sndhdr"},
    {"spwd", "3.13", "the package python-pam"},
    {"sunau", "3.13", "the package standard-sunau"},
    {"symbol", "3.10", "ast"},
    {"telnetlib", "3.13", "the package telnetlib3 or standard-telnetlib"},
    {"uu", "3.13", "base64 or binascii"},
    {"xdrlib", "3.13", "struct, or the package standard-xdrlib"},
};

/// Names of Python 2, which many tutorials still have.
struct Renamed {
  std::string_view module;
  std::string_view now;
};

constexpr Renamed kRenamed[] = {
    {"BaseHTTPServer", "http.server"},
    {"CGIHTTPServer", "http.server"},
    {"ConfigParser", "configparser"},
    {"Cookie", "http.cookies"},
    {"HTMLParser", "html.parser"},
    {"Queue", "queue"},
    {"SimpleHTTPServer", "http.server"},
    {"SocketServer", "socketserver"},
    {"StringIO", "io"},
    {"Tkinter", "tkinter"},
    {"UserDict", "collections"},
    {"__builtin__", "builtins"},
    {"cPickle", "pickle"},
    {"cStringIO", "io"},
    {"commands", "subprocess"},
    {"cookielib", "http.cookiejar"},
    {"copy_reg", "copyreg"},
    {"htmlentitydefs", "html.entities"},
    {"httplib", "http.client"},
    {"md5", "hashlib"},
    {"sets", "the builtin `set`"},
    {"sha", "hashlib"},
    {"thread", "threading"},
    {"urllib2", "urllib.request"},
    {"urlparse", "urllib.parse"},
    {"xmlrpclib", "xmlrpc.client"},
};

struct New {
  std::string_view module;
  std::string_view since;
  std::string_view instead;  ///< a package that does the same before
};

constexpr New kNew[] = {
    {"annotationlib", "3.14", "typing-extensions"},
    {"compression", "3.14", "backports.zstd"},
    {"tomllib", "3.11", "tomli"},
};

/// Parts of Python that a distribution or a server leaves out.
constexpr std::string_view kLeftOut[] = {"tkinter", "_tkinter", "turtle", "idlelib", "turtledemo"};

template <typename Table>
auto find(const Table& table, std::string_view module) {
  return std::find_if(std::begin(table), std::end(table),
                      [&](const auto& row) { return row.module == module; });
}

bool is_older(std::string_view version, std::string_view than) {
  const auto mine = parse_python_version(version);
  const auto wanted = parse_python_version(than);
  return mine && wanted && *mine < *wanted;
}

}  // namespace

std::string standard_library_advice(std::string_view module, std::string_view version) {
  if (const auto row = find(kGone, module); row != std::end(kGone)) {
    if (is_older(version, row->since)) {
      return fmt::format("`{}` belongs to Python {}, but this installation comes without it; from "
                         "{} on nobody has it: use {}", module, version, row->since, row->instead);
    }
    return fmt::format("`{}` is not part of Python any more, from {} on: use {}", module, row->since,
                       row->instead);
  }
  if (const auto row = find(kRenamed, module); row != std::end(kRenamed)) {
    return fmt::format("`{}` is a name of Python 2; in Python 3 it is {}", module,
                       row->now.find(' ') == std::string_view::npos ? fmt::format("`{}`", row->now)
                                                                    : std::string(row->now));
  }
  if (const auto row = find(kNew, module); row != std::end(kNew) && is_older(version, row->since)) {
    return fmt::format("`{}` is part of Python from {} on, and functions run with Python {} here: "
                       "choose another with `--python`, or use the package {}",
                       module, row->since, version, row->instead);
  }
  if (std::find(std::begin(kLeftOut), std::end(kLeftOut), module) != std::end(kLeftOut)) {
    return fmt::format("`{}` opens windows: a function has no screen, and on Vercel it is not there "
                       "either", module);
  }
  return {};
}

}  // namespace localfn::packages
