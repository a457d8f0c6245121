// Runs a WSGI app given as Python source through the adapter, in this process.
#pragma once

#include <memory>
#include <string>

#include "tests/bindings_handler/run_handler.h"

namespace localfn::test {

/// The object `app` that `source` defines, as an adapter.
std::unique_ptr<Adapter> wsgi_adapter_of(const std::string& source);

/// One request to it. The client goes away when `room` bytes of body have been taken.
Observed run_app(const std::string& source, const Request& request = {},
                 std::size_t room = SIZE_MAX);

/// def app(environ, start_response) with this body, its lines indented by nothing.
std::string app_doing(const std::string& body);

/// An app that answers 200 with str() of a Python expression over `environ`.
std::string app_telling(const std::string& expression);

}  // namespace localfn::test
