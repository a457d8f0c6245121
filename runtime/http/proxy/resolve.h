// Names to addresses, with a deadline: getaddrinfo() itself can take half a minute.
#pragma once

#include <netdb.h>

#include <memory>
#include <string>

#include "runtime/base/clock.h"

namespace localfn::http {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

struct Resolved {
  std::unique_ptr<addrinfo, FreeAddresses> addresses;  ///< null: none
  std::string problem;  ///< "name or service not known"
  bool client_gone = false;
};

/// An address is taken as it is. A name is looked up on a thread of its own, which ends with the
/// look-up, also when nobody waits for it any more. Any thread.
Resolved resolve(const std::string& host, const std::string& port, Deadline deadline,
                 int client_fd);

}  // namespace localfn::http
