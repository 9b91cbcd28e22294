#include "tests/bench/delivery/receivers.hpp"

#include <iterator>
#include <sys/socket.h>
#include <unistd.h>

namespace gateway::bench {

namespace {

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view failure = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";

}  // namespace

class Receivers::Listener : public Source {
  public:
    Listener(Receivers& all, const Manner manner) : all_(all), manner_(manner) {
        all_.poller_.watch(descriptor_, *this);
    }

    ~Listener() override { close(descriptor_); }

    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_of(descriptor_); }

    void ready() override { all_.accept(descriptor_, manner_); }

  private:
    Receivers& all_;
    Manner manner_;
    int descriptor_ = listen_on_loopback();
};

class Receivers::Connection : public Source {
  public:
    Connection(Receivers& all, const int descriptor, const Manner manner)
        : all_(all), channel_(descriptor, all.tls_), manner_(manner) {
        all_.poller_.watch(descriptor, *this);
    }

    void ready() override {
        if (!channel_.read(bytes_)) return remove();
        std::string_view rest = bytes_;
        while (const auto message = first_message(rest)) {
            rest.remove_prefix(message->size());
            if (!answer(*message)) return remove();
        }
        bytes_.erase(0, bytes_.size() - rest.size());
    }

    void drip() {
        if (dripped_ >= ok.size() || !channel_.write(ok.substr(dripped_, 1))) return;
        ++dripped_;
    }

    std::list<Connection>::iterator place;  ///< its own; set by accept()

  private:
    bool answer(const Message& message) {
        if (message.head.starts_with("GET ")) return answer_challenge(message.head);
        switch (manner_) {
            case Manner::good:
                all_.on_delivery_(message.body);
                return channel_.write(ok);
            case Manner::failing:
                return channel_.write(failure);
            case Manner::dripping:
                dripped_ = 0;
                return true;
            case Manner::hanging:
                return true;
        }
        return false;
    }

    bool answer_challenge(const std::string_view head) {
        const auto body =
            R"({"challenge":)" + std::to_string(number_at(between(head, "challenge=", "&"))) + "}";
        return channel_.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                              "\r\n\r\n" + body);
    }

    void remove() { all_.connections_.erase(place); }

    Receivers& all_;
    Channel channel_;
    Manner manner_;
    std::string bytes_;
    std::size_t dripped_ = ok.size();
};

Receivers::Receivers(const Poller& poller, SSL_CTX* const tls, OnDelivery on_delivery)
    : poller_(poller), tls_(tls), on_delivery_(std::move(on_delivery)) {}

Receivers::~Receivers() = default;

std::string Receivers::add(const Manner manner) {
    listeners_.push_back(std::make_unique<Listener>(*this, manner));
    return (tls_ != nullptr ? "https://127.0.0.1:" : "http://127.0.0.1:") +
           std::to_string(listeners_.back()->port()) + "/hook";
}

void Receivers::accept(const int listener, const Manner manner) {
    while (true) {
        const int descriptor = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) return;
        connections_.emplace_back(*this, descriptor, manner);
        connections_.back().place = std::prev(connections_.end());
    }
}

void Receivers::drip() {
    for (auto& connection : connections_)
        connection.drip();
}

}  // namespace gateway::bench
