#include "runtime/http/proxy/wait.h"

#include <poll.h>

#include <array>

namespace localfn::http {

Waited wait_for(int fd, short events, int client_fd, short client_events, Deadline deadline) {
  const short gone = static_cast<short>(POLLHUP | POLLERR | POLLNVAL | (client_events & POLLRDHUP));
  std::array<pollfd, 2> entries{pollfd{fd, events, 0}, pollfd{client_fd, client_events, 0}};
  while (true) {
    const int ready = ::poll(entries.data(), entries.size(), deadline.poll_timeout());
    if (ready > 0) {
      return (entries[1].revents & gone) != 0 ? Waited::ClientGone : Waited::Ready;
    }
    if (deadline.passed()) return Waited::Late;
  }
}

}  // namespace localfn::http
