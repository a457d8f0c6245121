#include "runtime/http/proxy/resolve.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "runtime/base/errors.h"
#include "runtime/base/fd.h"
#include "runtime/http/proxy/wait.h"

namespace localfn::http {
namespace {

/// What the look-up and the one who waits for it share; the later of both lets go of it.
struct Lookup {
  Lookup(std::string name, std::string service)
      : host(std::move(name)),
        port(std::move(service)),
        done(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd")) {}

  const std::string host;
  const std::string port;
  const UniqueFd done;
  std::mutex mutex;
  Resolved result;
};

Resolved look_up(const std::string& host, const std::string& port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  Resolved result;
  if (error == 0) {
    result.addresses.reset(found);
  } else {
    result.problem = error == EAI_SYSTEM ? errno_text(errno) : ::gai_strerror(error);
  }
  return result;
}

void run(const std::shared_ptr<Lookup>& lookup) noexcept {
  Resolved result = look_up(lookup->host, lookup->port, AI_ADDRCONFIG);
  {
    const std::lock_guard lock(lookup->mutex);
    lookup->result = std::move(result);
  }
  ::eventfd_write(lookup->done.get(), 1);
}

}  // namespace

Resolved resolve(const std::string& host, const std::string& port, Deadline deadline,
                 int client_fd) {
  if (Resolved numeric = look_up(host, port, AI_NUMERICHOST); numeric.addresses) return numeric;
  Resolved failed;
  try {
    const auto lookup = std::make_shared<Lookup>(host, port);
    std::thread([lookup] { run(lookup); }).detach();
    switch (wait_for(lookup->done.get(), POLLIN, client_fd, POLLRDHUP, deadline)) {
      case Waited::Ready: {
        const std::lock_guard lock(lookup->mutex);
        return std::move(lookup->result);
      }
      case Waited::ClientGone: failed.client_gone = true; break;
      case Waited::Late: failed.problem = "the name server did not answer in time"; break;
    }
  } catch (const std::system_error& error) {
    failed.problem = error.what();
  }
  return failed;
}

}  // namespace localfn::http
