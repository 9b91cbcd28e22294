#include "tests/bench/delivery/wire.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace gateway::bench {

namespace {

sockaddr_in loopback(const std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Where all that comes is put first.
std::array<char, 262'144>& scratch() {
    static std::array<char, 262'144> bytes;
    return bytes;
}

}  // namespace

void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::generic_category().message(errno));
}

Poller::Poller() : descriptor_(epoll_create1(EPOLL_CLOEXEC)) {
    if (descriptor_ < 0) fail("epoll_create1");
}

Poller::~Poller() {
    close(descriptor_);
}

void Poller::watch(const int descriptor, Source& source) const {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &source}};
    if (epoll_ctl(descriptor_, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
}

void Poller::poll(const std::chrono::nanoseconds most) const {
    std::array<epoll_event, 256> events{};
    constexpr std::int64_t second = 1'000'000'000;
    const timespec time{.tv_sec = most.count() / second, .tv_nsec = most.count() % second};
    const int count =
        epoll_pwait2(descriptor_, events.data(), static_cast<int>(events.size()), &time, nullptr);
    if (count < 0 && errno != EINTR) fail("epoll_pwait2");
    for (int i = 0; i < count; ++i)
        static_cast<Source*>(events[static_cast<std::size_t>(i)].data.ptr)->ready();
}

int listen_on_loopback() {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const auto address = loopback(0);
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) fail("bind");
    if (listen(descriptor, SOMAXCONN) != 0) fail("listen");
    return descriptor;
}

std::uint16_t port_of(const int descriptor) {
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
    return ntohs(address.sin_port);
}

int connect_to_loopback(const std::uint16_t port) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(port);
    if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        fail("cannot connect to the daemon");
    return descriptor;
}

Channel::Channel(const int descriptor, SSL_CTX* const tls) : descriptor_(descriptor) {
    const int on = 1;
    setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (tls == nullptr) return;
    tls_.reset(SSL_new(tls));
    SSL_set_fd(tls_.get(), descriptor_);
    SSL_set_accept_state(tls_.get());
}

Channel::~Channel() {
    close(descriptor_);
}

bool Channel::read(std::string& bytes) {
    auto& room = scratch();
    if (!tls_) {
        const auto count = recv(descriptor_, room.data(), room.size(), MSG_DONTWAIT);
        if (count > 0) bytes.append(room.data(), static_cast<std::size_t>(count));
        return count > 0 || (count < 0 && errno == EAGAIN);
    }
    while (true) {
        const int count = SSL_read(tls_.get(), room.data(), static_cast<int>(room.size()));
        if (count <= 0) return SSL_get_error(tls_.get(), count) == SSL_ERROR_WANT_READ;
        bytes.append(room.data(), static_cast<std::size_t>(count));
    }
}

bool Channel::write(const std::string_view bytes) {
    const auto count = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                            : send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return count == static_cast<ssize_t>(bytes.size());
}

std::string_view between(std::string_view text, const std::string_view before, const std::string_view after) {
    const auto begin = text.find(before);
    if (begin == std::string_view::npos) return {};
    text.remove_prefix(begin + before.size());
    return text.substr(0, text.find(after));
}

std::uint64_t number_at(const std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::optional<Message> first_message(const std::string_view bytes) {
    constexpr std::string_view end = "\r\n\r\n";
    const auto blank = bytes.find(end);
    if (blank == std::string_view::npos) return {};
    const auto head = bytes.substr(0, blank + end.size());
    const auto length = number_at(between(head, "\r\nContent-Length: ", "\r"));
    if (bytes.size() < head.size() + length) return {};
    return Message{head, bytes.substr(head.size(), length)};
}

}  // namespace gateway::bench
