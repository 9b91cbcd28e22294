// Sockets for a load that shall cost as little as can be: one thread, one epoll, no allocation for a request.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::bench {

using SteadyClock = std::chrono::steady_clock;

/// Something that waits for bytes.
class Source {
  public:
    Source() = default;
    virtual ~Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    /// May destroy itself.
    virtual void ready() = 0;
};

class Poller {
  public:
    Poller();
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    /// Until the descriptor is closed.
    void watch(int descriptor, Source& source) const;

    /// Waits for at most this long, then has each source that is ready do its part.
    void poll(std::chrono::nanoseconds most) const;

  private:
    int descriptor_;
};

/// Throws std::runtime_error with errno's text.
[[noreturn]] void fail(const std::string& what);

/// A listening socket of 127.0.0.1, on any free port.
int listen_on_loopback();
std::uint16_t port_of(int descriptor);
int connect_to_loopback(std::uint16_t port);

/// A connection: its descriptor, and TLS where it has any.
class Channel {
  public:
    /// Takes the descriptor over; serves TLS where `tls` is not null.
    explicit Channel(int descriptor, SSL_CTX* tls = nullptr);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    /// Adds what has come; false where the peer has closed.
    bool read(std::string& bytes);

    /// False where it did not go out in one piece.
    bool write(std::string_view bytes);

  private:
    int descriptor_;
    std::unique_ptr<SSL, void (*)(SSL*)> tls_{nullptr, SSL_free};
};

/// An HTTP message with a Content-Length or none.
struct Message {
    std::string_view head;
    std::string_view body;

    [[nodiscard]] std::size_t size() const noexcept { return head.size() + body.size(); }
};

/// The one that `bytes` begin with, once all of it is there.
std::optional<Message> first_message(std::string_view bytes);

/// The text between the first `before` and the next `after`; empty where there is none.
std::string_view between(std::string_view text, std::string_view before, std::string_view after);

std::uint64_t number_at(std::string_view text);

}  // namespace gateway::bench
