// The fixture of tests that talk to a project through the `websockets` library of Python, as it is
// packaged by the distribution: a client that was written by others.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tests/support/integration_test.h"

namespace localfn::test {

class WebSocketTest : protected IntegrationTest {
 protected:
  /// Runs `body`, the lines of an async function, to its end; returns what it has printed. There are
  /// `connect(path, …)`, which gives a connection of the library, `ended(ws)`, which reads to the
  /// close and gives (code, reason), and `refused(path, …)`, which gives the status of the answer.
  /// Throws when it fails or does not end.
  std::string client(std::string_view body);

  /// The same, but goes on running: wait for what it prints, and for its end.
  std::unique_ptr<RunningLocalfn> start_client(std::string_view body);
};

/// The bytes of a handshake for `path`, with the example's key of RFC 6455.
std::string handshake(std::string_view path, const HeaderList& headers = {});

/// A frame as a client sends it, masked with zeros; `first` holds FIN and opcode. Up to 125 bytes.
std::string client_frame(unsigned first, std::string_view payload);

}  // namespace localfn::test
