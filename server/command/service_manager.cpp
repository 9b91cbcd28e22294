#include "server/command/service_manager.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace gateway::command {

namespace {

using std::chrono::microseconds;

std::string variable(const char* const name) {
    const char* const value = std::getenv(name);
    return value ? value : "";
}

std::optional<std::int64_t> number(const std::string& text) {
    std::int64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [parsed, error] = std::from_chars(text.data(), end, value);
    const bool is_number = error == std::errc() && parsed == end && value > 0;
    return is_number ? std::optional(value) : std::nullopt;
}

/// The watchdog of another process, whose environment this one has, is none of ours.
std::optional<microseconds> watchdog_time() {
    const auto time = number(variable("WATCHDOG_USEC"));
    const auto process = variable("WATCHDOG_PID");
    if (!time || (!process.empty() && number(process) != ::getpid())) return std::nullopt;
    return microseconds(*time);
}

}  // namespace

ServiceManager::ServiceManager()
    : socket_(variable("NOTIFY_SOCKET")), watchdog_time_(command::watchdog_time()) {}

bool ServiceManager::ready(const std::string_view status) const {
    return tell("READY=1\nSTATUS=" + std::string(status));
}

bool ServiceManager::reloading() const {
    const auto now = std::chrono::duration_cast<microseconds>(
        std::chrono::steady_clock::now().time_since_epoch());  // CLOCK_MONOTONIC
    return tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
}

bool ServiceManager::stopping() const {
    return tell("STOPPING=1\nSTATUS=Stopping");
}

bool ServiceManager::alive() const {
    return tell("WATCHDOG=1");
}

bool ServiceManager::tell(const std::string_view news) const {
    if (socket_.empty()) return true;
    sockaddr_un address{};
    if (socket_.size() >= sizeof address.sun_path) return false;
    address.sun_family = AF_UNIX;
    std::ranges::copy(socket_, address.sun_path);
    if (socket_.front() == '@') address.sun_path[0] = '\0';  // a name that is no file's
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());

    const int sender = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sender < 0) return false;
    const auto sent = ::sendto(sender, news.data(), news.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&address), size);
    ::close(sender);
    return sent == static_cast<ssize_t>(news.size());
}

WatchdogFeed::WatchdogFeed(boost::asio::io_context& context, const ServiceManager& manager,
                           std::function<bool()> makes_progress)
    : manager_(manager), makes_progress_(std::move(makes_progress)), timer_(context) {
    if (manager_.watchdog_time()) tick();
}

void WatchdogFeed::tick() {
    if (makes_progress_()) manager_.alive();
    timer_.expires_after(*manager_.watchdog_time() / 2);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) tick();
    });
}

}  // namespace gateway::command
