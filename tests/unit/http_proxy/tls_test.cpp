// TLS to another server: whom it trusts, and what it says of whom it does not.
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "runtime/http/proxy/proxy.h"
#include "runtime/http/proxy/tls_stream.h"
#include "tests/support/catch.h"
#include "tests/unit/http_pages/temp_folder.h"
#include "tests/unit/http_proxy/upstream.h"

namespace localfn::http::testing {
namespace {

template <typename T, void (*Free)(T*)>
struct Freed {
  void operator()(T* object) const { Free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;

/// Signed by itself, made out to `names` ("IP:127.0.0.1"), valid for an hour.
Certificate make_certificate(EVP_PKEY* key, const std::string& names) {
  Certificate certificate(X509_new());
  X509* c = certificate.get();
  X509_set_version(c, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(c), 1);
  X509_gmtime_adj(X509_getm_notBefore(c), -3600);
  X509_gmtime_adj(X509_getm_notAfter(c), 3600);
  X509_set_pubkey(c, key);
  X509_NAME* name = X509_get_subject_name(c);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(c, name);
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(c, extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(c, key, EVP_sha256());
  return certificate;
}

/// A TLS server that answers `answer` to every request; without one it leaves after the handshake.
class TlsUpstream {
 public:
  TlsUpstream(const std::string& names, std::string answer)
      : key_(EVP_EC_gen("P-256")),
        certificate_(make_certificate(key_.get(), names)),
        context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free),
        answer_(std::move(answer)),
        upstream_([this](Served& served) { serve(served); }) {
    SSL_CTX_use_certificate(context_.get(), certificate_.get());
    SSL_CTX_use_PrivateKey(context_.get(), key_.get());
  }

  std::string origin() const { return "https://127.0.0.1:" + std::to_string(upstream_.port); }
  std::uint16_t port() const { return upstream_.port; }
  void write_certificate(const std::string& path) const {
    std::FILE* file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate_.get());
    std::fclose(file);
  }

 private:
  void serve(Served& served) {
    const std::unique_ptr<SSL, Freed<SSL, SSL_free>> ssl(SSL_new(context_.get()));
    SSL_set_fd(ssl.get(), served.fd());
    if (SSL_accept(ssl.get()) != 1 || answer_.empty()) return;
    std::string head(16 * 1024, '\0');
    if (SSL_read(ssl.get(), head.data(), static_cast<int>(head.size())) <= 0) return;
    SSL_write(ssl.get(), answer_.data(), static_cast<int>(answer_.size()));
    SSL_shutdown(ssl.get());
  }

  Key key_;
  Certificate certificate_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::string answer_;
  Upstream upstream_;
};

/// The body of the answer, or the problem.
std::string ask(const std::string& origin) {
  Proxy proxy({kPatience, kPatience});
  TestFront front([&](Exchange& exchange) {
    const auto give = [&](wire::HeadFrame head, std::string&) {
      return exchange.begin(head.status, head.headers);
    };
    const ProxyResult result = proxy.pass(exchange, {origin, "/", {}, 1}, give);
    if (result.ending == Ending::Complete) {
      exchange.finish();
    } else {
      exchange.respond(500, {}, result.problem);
    }
  });
  return front.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").body;
}

/// A socket that blocks, on this thread, where no signal is blocked.
UniqueFd connected_to(std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

/// A variable of the environment for the length of one test.
class WithVariable {
 public:
  WithVariable(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);
  }
  ~WithVariable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

const std::string kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";

}  // namespace

TEST_CASE("a server whose certificate is trusted is spoken to", "[http][proxy][tls]") {
  const test::TempFolder folder;
  TlsUpstream upstream("IP:127.0.0.1", kAnswer);
  const std::string file = (folder.path() / "ca.pem").string();
  upstream.write_certificate(file);
  const WithVariable trusted("SSL_CERT_FILE", file);
  CHECK(ask(upstream.origin()) == "secret");
}

TEST_CASE("a large answer comes whole through TLS", "[http][proxy][tls]") {
  const test::TempFolder folder;
  const std::string body(3'000'000, 'z');
  TlsUpstream upstream("IP:127.0.0.1", "HTTP/1.1 200 OK\r\n\r\n" + body);
  const std::string file = (folder.path() / "ca.pem").string();
  upstream.write_certificate(file);
  const WithVariable trusted("SSL_CERT_FILE", file);
  CHECK(ask(upstream.origin()) == body);
}

TEST_CASE("a TLS server that leaves early is an error, and no signal ends the process",
          "[http][proxy][tls]") {
  std::signal(SIGPIPE, SIG_DFL);  // whoever started the tests may have ignored it
  const test::TempFolder folder;
  TlsUpstream upstream("IP:127.0.0.1", {});
  const std::string file = (folder.path() / "ca.pem").string();
  upstream.write_certificate(file);
  const WithVariable trusted("SSL_CERT_FILE", file);
  TlsContext context;
  std::string problem;
  const auto stream = context.open(connected_to(upstream.port()), "127.0.0.1", problem);
  REQUIRE(stream);
  REQUIRE(stream->handshake() == Step::Moved);
  pollfd gone{stream->fd(), POLLRDHUP, 0};
  REQUIRE(::poll(&gone, 1, static_cast<int>(kPatience.count())) == 1);
  const std::string bytes(64 * 1024, 'x');
  Step step = Step::Moved;
  for (std::size_t count = 0; step == Step::Moved;) step = stream->write(bytes, count);
  CHECK(step == Step::Failed);
}

TEST_CASE("a server that nobody vouches for is not spoken to", "[http][proxy][tls]") {
  TlsUpstream upstream("IP:127.0.0.1", kAnswer);
  CHECK_THAT(ask(upstream.origin()), ContainsSubstring("its certificate is not trusted: self"));
}

TEST_CASE("a certificate made out to another host is not accepted", "[http][proxy][tls]") {
  const test::TempFolder folder;
  TlsUpstream upstream("DNS:other.example", kAnswer);
  const std::string file = (folder.path() / "ca.pem").string();
  upstream.write_certificate(file);
  const WithVariable trusted("SSL_CERT_FILE", file);
  CHECK_THAT(ask(upstream.origin()),
             ContainsSubstring("its certificate is not trusted: IP address mismatch"));
}

TEST_CASE("a server that speaks no TLS is told apart", "[http][proxy][tls]") {
  Upstream plain([](Served& served) {
    served.take(1);
    served.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  CHECK_THAT(ask("https://127.0.0.1:" + std::to_string(plain.port)),
             StartsWith("cannot speak TLS with 127.0.0.1:"));
}

}  // namespace localfn::http::testing
