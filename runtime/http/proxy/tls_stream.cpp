#include "runtime/http/proxy/tls_stream.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "runtime/base/errors.h"
#include "runtime/base/signals.h"

namespace localfn::http {
namespace {

/// The oldest entry of OpenSSL's queue is the cause of the others.
std::string openssl_reason() {
  const unsigned long code = ::ERR_get_error();
  ::ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ::ERR_reason_error_string(code);
  return reason == nullptr ? "unknown TLS error" : reason;
}

bool is_address(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

int clamped(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

class OpenSslStream final : public TlsStream {
 public:
  OpenSslStream(UniqueFd socket, SSL* ssl) : socket_(std::move(socket)), ssl_(ssl, ::SSL_free) {}
  ~OpenSslStream() override {
    // A farewell, not waited for. After a failure OpenSSL must not be asked for one.
    if (::SSL_is_init_finished(ssl_.get()) && failure_.empty()) ::SSL_shutdown(ssl_.get());
    ::ERR_clear_error();
  }

  Step handshake() override {
    std::size_t none = 0;
    return after(::SSL_connect(ssl_.get()), none);
  }
  Step read(std::span<char> into, std::size_t& count) override {
    count = 0;
    return after(::SSL_read(ssl_.get(), into.data(), clamped(into.size())), count);
  }
  Step write(std::string_view bytes, std::size_t& count) override {
    count = 0;
    return after(::SSL_write(ssl_.get(), bytes.data(), clamped(bytes.size())), count);
  }
  int fd() const override { return socket_.get(); }

 private:
  Step after(int result, std::size_t& count) {
    if (result > 0) {
      count = static_cast<std::size_t>(result);
      return Step::Moved;
    }
    const int system_error = errno;
    switch (::SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ: return Step::WantRead;
      case SSL_ERROR_WANT_WRITE: return Step::WantWrite;
      case SSL_ERROR_ZERO_RETURN: return Step::Ended;
      default: break;
    }
    failure_ = reason(system_error);
    ::ERR_clear_error();
    return Step::Failed;
  }

  std::string reason(int system_error) {
    if (const long verdict = ::SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK) {
      return std::string("its certificate is not trusted: ") +
             ::X509_verify_cert_error_string(verdict);
    }
    if (::ERR_peek_error() != 0) return openssl_reason();
    return system_error != 0 ? errno_text(system_error) : "the connection ended";
  }

  const SigpipeBlocked blocked_;  ///< OpenSSL writes with write(2)
  UniqueFd socket_;
  std::unique_ptr<SSL, decltype(&::SSL_free)> ssl_;
};

/// The name or address that the certificate must be made out to, and the name to ask for.
bool expect_host(SSL* ssl, const std::string& host) {
  ::SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
  if (is_address(host)) {
    return ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl), host.c_str()) == 1;
  }
  return ::SSL_set1_host(ssl, host.c_str()) == 1 &&
         ::SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

struct TlsContext::Shared {
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context{::SSL_CTX_new(::TLS_client_method()),
                                                              ::SSL_CTX_free};
  Shared() {
    if (!context) return;
    ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    ::SSL_CTX_set_default_verify_paths(context.get());
    ::SSL_CTX_set_mode(context.get(),
                       SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
    // Servers that end an answer by closing often leave out TLS's farewell; every client takes it.
    ::SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
#endif
    static constexpr unsigned char kProtocols[] = "\x08http/1.1";
    ::SSL_CTX_set_alpn_protos(context.get(), kProtocols, sizeof kProtocols - 1);
  }
};

TlsContext::TlsContext() = default;
TlsContext::~TlsContext() = default;

std::unique_ptr<TlsStream> TlsContext::open(UniqueFd socket, const std::string& host,
                                            std::string& problem) {
  std::call_once(once_, [this] { shared_ = std::make_unique<Shared>(); });
  ::ERR_clear_error();
  SSL* ssl = shared_->context ? ::SSL_new(shared_->context.get()) : nullptr;
  if (ssl == nullptr) {
    problem = openssl_reason();
    return nullptr;
  }
  const int fd = socket.get();
  auto stream = std::make_unique<OpenSslStream>(std::move(socket), ssl);
  if (::SSL_set_fd(ssl, fd) != 1 || !expect_host(ssl, host)) {
    problem = openssl_reason();
    return nullptr;
  }
  return stream;
}

}  // namespace localfn::http
