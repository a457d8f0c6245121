#include "runtime/http/server.h"

#include <fcntl.h>
#include <httplib.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "runtime/base/clock.h"
#include "runtime/http/task_queue.h"

namespace localfn::http {

namespace {

/// cpp-httplib's own backlog is 5: a class that opens the page at once overflows it, and each
/// connection that is lost so costs its client 200 ms and more.
constexpr int kBacklog = 1024;
constexpr milliseconds kSpareThread{10'000};
constexpr milliseconds kAcceptPause{10};

std::string address_of(const std::string& host, std::uint16_t port) {
  const bool six = host.find(':') != std::string::npos;
  return (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

/// cpp-httplib tells only that binding failed. A name that does not resolve is found out here;
/// for the rest errno still holds what bind(2) said.
void check_resolves(const std::string& host, const std::string& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error == 0) return ::freeaddrinfo(found);
  throw std::system_error(EADDRNOTAVAIL, std::generic_category(),
                          "cannot listen on " + address + ": " + ::gai_strerror(error));
}

/// cpp-httplib would set SO_REUSEPORT, with which a second server on the port goes unnoticed and
/// takes every other connection. SO_REUSEADDR only lets a restart pass connections in TIME_WAIT.
void set_listener_options(socket_t socket) {
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// Stands between cpp-httplib, which makes and ends a queue with each accept loop, and the threads,
/// which must outlive a loop that failed. enqueue() returns void in old versions, bool in new ones.
class QueueAdapter final : public httplib::TaskQueue {
 public:
  explicit QueueAdapter(http::TaskQueue& threads) : threads_(threads) {}

  using Accepted =
      decltype(std::declval<httplib::TaskQueue&>().enqueue(std::declval<std::function<void()>>()));
  Accepted enqueue(std::function<void()> task) override {
    threads_.enqueue(std::move(task));
    return Accepted(true);
  }
  void shutdown() override {}

 private:
  http::TaskQueue& threads_;
};

}  // namespace

class Server::Listener final : public httplib::Server {
 public:
  explicit Listener(Serve serve) : serve_(std::move(serve)) {
    set_socket_options(set_listener_options);
  }
  ~Listener() override {
    stop_accepting();
    join();
    if (const socket_t socket = svr_sock_.exchange(INVALID_SOCKET); socket != INVALID_SOCKET) {
      ::close(socket);
    }
  }

  std::uint16_t bind(const std::string& host, std::uint16_t port);
  void start();
  void stop_accepting();
  void join();

 private:
  void run();
  bool process_and_close_socket(socket_t socket) override;
  bool reopen();

  Serve serve_;
  UniqueFd keeper_;  ///< the listening socket, whatever cpp-httplib does with its descriptor
  std::unique_ptr<http::TaskQueue> threads_;
  std::thread acceptor_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
};

std::uint16_t Server::Listener::bind(const std::string& host, std::uint16_t port) {
  const std::string address = address_of(host, port);
  check_resolves(host, address);
  errno = 0;
  const int bound = port == 0 ? bind_to_any_port(host) : bind_to_port(host, port) ? port : -1;
  if (bound <= 0) {
    throw std::system_error(errno ? errno : EADDRNOTAVAIL, std::generic_category(),
                            "cannot listen on " + address);
  }
  keeper_.reset(::fcntl(svr_sock_, F_DUPFD_CLOEXEC, 0));
  if (!keeper_ || ::listen(svr_sock_, kBacklog) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot listen on " + address);
  }
  ::fcntl(svr_sock_, F_SETFD, FD_CLOEXEC);
  return static_cast<std::uint16_t>(bound);
}

void Server::Listener::start() {
  threads_ = std::make_unique<http::TaskQueue>(kSpareThread);
  new_task_queue = [this] { return new QueueAdapter(*threads_); };
  acceptor_ = std::thread([this] { run(); });
}

void Server::Listener::join() {
  if (acceptor_.joinable()) acceptor_.join();
  threads_.reset();
}

void Server::Listener::run() {
  do {
    listen_after_bind();
    svr_sock_ = INVALID_SOCKET;  // closed by cpp-httplib when its loop ended
  } while (reopen());
}

/// cpp-httplib gives up at any error of accept(2) but EMFILE, also at one that passes (ENFILE,
/// ENOBUFS, ECONNABORTED). False when it was stop_accepting() that ended the loop.
bool Server::Listener::reopen() {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, kAcceptPause, [this] { return stopping_; })) {
    svr_sock_ = ::fcntl(keeper_.get(), F_DUPFD_CLOEXEC, 0);
    if (svr_sock_ >= 0) return true;
  }
  return false;
}

void Server::Listener::stop_accepting() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  // Not cpp-httplib's stop(): that closes the descriptor while the loop may be about to use it,
  // and does nothing before the loop has begun. accept(2) fails on a socket that is shut down.
  if (keeper_) ::shutdown(keeper_.get(), SHUT_RDWR);
  stop_.notify_all();
}

bool Server::Listener::process_and_close_socket(socket_t socket) {
  UniqueFd client(socket);
  ::fcntl(client.get(), F_SETFD, FD_CLOEXEC);  // 0.11 accepts without it
  serve_(std::move(client));
  return true;
}

Server::Server(Serve serve)
    : serve_(std::move(serve)), listener_(std::make_unique<Listener>(serve_)) {}
Server::~Server() = default;
std::uint16_t Server::bind(const std::string& host, std::uint16_t port) {
  try {
    return listener_->bind(host, port);
  } catch (...) {
    // From 0.15 on cpp-httplib's server is of no more use once a bind has failed.
    listener_ = std::make_unique<Listener>(serve_);
    throw;
  }
}
void Server::start() { listener_->start(); }
void Server::stop_accepting() { listener_->stop_accepting(); }
void Server::join() { listener_->join(); }

}  // namespace localfn::http
