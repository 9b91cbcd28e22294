// An HTTP client for tests of the server: synchronous, with a time limit on every step, able to send
// what no client should. Each answer by a path is checked against the API document.
#pragma once

#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct ssl_st;

namespace gateway::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// What a server answered.
struct Answer {
    int status = 0;
    Headers headers;
    std::string text;         ///< the body as it came
    boost::json::value body;  ///< the body parsed, or a plain text; null for none
    bool keep_alive = false;

    /// The first one of that name, in any case; empty for none.
    [[nodiscard]] std::string header(std::string_view name) const;

    /// An error body's fields; empty where there are none.
    [[nodiscard]] std::string code() const { return text_at("code"); }

    [[nodiscard]] std::string message() const { return text_at("message"); }

    /// The object of a `{"webhook": …}`. Throws std::exception for any other body.
    [[nodiscard]] const boost::json::object& webhook() const { return body.at("webhook").as_object(); }

  private:
    [[nodiscard]] std::string text_at(std::string_view field) const;
};

/// What a request has beside its method and target.
struct RequestParts {
    std::string token;                ///< sent as a bearer token; empty for none
    std::optional<std::string> body;  ///< sent as application/json, unless `headers` name another type
    Headers headers;
};

/// A request as it goes over the wire. Host, unless `headers` have one, and Content-Length where there is a
/// body, are added.
std::string request_text(std::string_view method, std::string_view target, const RequestParts& parts = {});

/// How a client makes its connection TLS.
struct TlsOptions {
    /// The newest version that it knows, as OpenSSL names it, e.g. TLS1_1_VERSION; 0: all.
    int newest = 0;
    /// The names of protocols that it offers (ALPN), each with its length before it; empty: none.
    std::string protocols{};
};

/// What came of that.
struct TlsOutcome {
    std::string version;      ///< "TLSv1.3"
    std::string protocol;     ///< empty where none was agreed on
    std::string certificate;  ///< the server's, in PEM
};

/// One connection. Every function throws std::runtime_error when it takes longer than `limit` or the
/// connection breaks, and UndocumentedAnswer for an answer that the API document does not know.
class HttpClient {
  public:
    /// Far longer than any answer takes, even under a sanitizer on a busy machine.
    static constexpr std::chrono::seconds limit{30};

    /// To 127.0.0.1. A small `receive_buffer` (bytes) makes a client that is soon full; 0 leaves it to the
    /// system, as an empty `from` does with its own address. Throws std::system_error when nobody listens.
    explicit HttpClient(std::uint16_t port, int receive_buffer = 0, const std::string& from = {});
    /// To a Unix socket.
    explicit HttpClient(const std::filesystem::path& socket);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    HttpClient(HttpClient&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)),
          tls_(std::move(other.tls_)),
          sent_(std::move(other.sent_)),
          read_(std::move(other.read_)) {}

    HttpClient& operator=(HttpClient&&) = delete;

    /// Sends a request and reads its answer.
    Answer request(std::string_view method, std::string_view target, const RequestParts& parts = {});

    // Piece by piece, for what request() would not do:

    void send(std::string_view bytes);

    /// From here on all goes through TLS. Throws std::runtime_error with OpenSSL's reason. An end without
    /// the server's word (close_notify) is a failure then.
    TlsOutcome start_tls(const TlsOptions& options = {});

    /// Sends nothing more; what comes back can still be read.
    void finish_sending();

    /// Reads one answer, to the first request that has none. An interim one (100) is an answer too. Throws
    /// where the connection is closed instead.
    Answer receive();

    /// Sends one byte after the other, `pause` apart, until there is something to receive or no byte is left.
    /// Gives how many were sent.
    std::size_t drip(std::string_view bytes, std::chrono::milliseconds pause);

    /// Reads until the server closes and gives what came. A reset is a failure.
    std::string receive_until_closed();

    /// Waits until the connection is gone, whatever of it has not been read.
    void wait_until_gone();

    /// The index of one of these that has something to receive; waits for the first.
    static std::size_t first_answered(std::span<const HttpClient* const> clients);

  private:
    Answer receive_to(std::string_view method);
    [[nodiscard]] bool readable_within(std::chrono::milliseconds time) const;
    /// Adds what arrives to read_; false at the end.
    bool read_some();

    int socket_;
    std::shared_ptr<ssl_st> tls_;  ///< none: plain
    std::string sent_;             ///< and not answered yet
    std::string read_;             ///< received, and not yet part of an answer
};

}  // namespace gateway::test
