// A service manager that waits for the daemon, played with a socket of its own.

#include "server/command/service_manager.hpp"

#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace gateway::test {

namespace {

/// Where news comes in, a datagram each.
class NotifySocket {
  public:
    /// `name` is a path, or that of no file where it begins with "@".
    explicit NotifySocket(std::string name)
        : name_(std::move(name)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        name_.copy(address.sun_path, sizeof address.sun_path);
        if (name_.front() == '@') address.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
        if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0)
            throw std::system_error(errno, std::generic_category(), "bind " + name_);
    }

    ~NotifySocket() { ::close(socket_); }

    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }

    /// Nothing where none is there, and none comes within `time`.
    [[nodiscard]] std::optional<std::string> receive(
        const std::chrono::milliseconds time = Daemon::limit) const {
        pollfd entry{.fd = socket_, .events = POLLIN, .revents = 0};
        if (::poll(&entry, 1, static_cast<int>(time.count())) != 1) return std::nullopt;
        std::array<char, 1024> bytes{};
        const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
        return std::string(bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    }

  private:
    std::string name_;
    int socket_;
};

struct ServiceFolder : TemporaryFolder {
    NotifySocket manager{(path() / "notify").string()};

    [[nodiscard]] Daemon start(CommandFolder::Environment more = {}) const {
        more.emplace_back("NOTIFY_SOCKET", manager.name());
        return Daemon(path(), {}, more);
    }
};

std::string ready_at(const Daemon& daemon) {
    return "READY=1\nSTATUS=Listening on http://127.0.0.1:" + std::to_string(daemon.port());
}

const std::string stopping = "STOPPING=1\nSTATUS=Stopping";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(service_manager_test, ServiceFolder)

BOOST_AUTO_TEST_CASE(it_is_told_when_the_daemon_serves_and_when_it_ends) {
    auto daemon = start();
    BOOST_TEST(manager.receive().value() == ready_at(daemon));
    BOOST_TEST(HttpClient(daemon.port()).request("GET", "/readyz").status == 200);
    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
    BOOST_TEST(manager.receive().value() == stopping);
}

BOOST_AUTO_TEST_CASE(a_socket_without_a_file_will_do) {
    const NotifySocket abstract("@" + path().string());
    const Daemon daemon(path(), {}, {{"NOTIFY_SOCKET", abstract.name()}});
    BOOST_TEST(abstract.receive().value() == ready_at(daemon));
}

BOOST_AUTO_TEST_CASE(a_daemon_that_cannot_listen_is_never_ready) {
    const CommandFolder folder;
    const auto first = start();
    BOOST_TEST(manager.receive().has_value());
    const auto port = "server.port=" + std::to_string(first.port());
    BOOST_TEST(folder.run({"serve", "--set", port}, {}, {{"NOTIFY_SOCKET", manager.name()}}).status == 1);
    BOOST_TEST(!manager.receive(std::chrono::milliseconds(0)));
}

BOOST_AUTO_TEST_CASE(a_watchdog_is_fed_within_half_its_time) {
    using std::chrono::steady_clock;
    const auto daemon = start({{"WATCHDOG_USEC", "400000"}});
    BOOST_TEST(manager.receive().value() == ready_at(daemon));
    BOOST_TEST(manager.receive().value() == "WATCHDOG=1");
    const auto fed = steady_clock::now();
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(manager.receive().value() == "WATCHDOG=1");
    BOOST_TEST((steady_clock::now() - fed > std::chrono::milliseconds(450)));  // and not without end
}

BOOST_AUTO_TEST_CASE(a_watchdog_is_not_fed_while_threads_are_stuck) {
    ::setenv("NOTIFY_SOCKET", manager.name().c_str(), 1);
    ::setenv("WATCHDOG_USEC", "2000", 1);
    const command::ServiceManager told;
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    boost::asio::io_context context(1);
    bool are_stuck = true;
    int looks = 0;
    const command::WatchdogFeed feed(context, told, [&] { return ++looks > 0 && !are_stuck; });
    while (looks < 3)
        context.run_one();
    BOOST_TEST(!manager.receive(std::chrono::milliseconds(0)));
    are_stuck = false;
    context.run_one();
    BOOST_TEST(manager.receive().value() == "WATCHDOG=1");
}

BOOST_AUTO_TEST_CASE(a_reload_is_told_when_it_begins_and_when_it_is_over) {
    const auto daemon = start();
    BOOST_TEST(manager.receive().value() == ready_at(daemon));
    daemon.signal(SIGHUP);
    BOOST_TEST(manager.receive().value().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    BOOST_TEST(manager.receive().value() == ready_at(daemon));
}

BOOST_AUTO_TEST_CASE(the_watchdog_of_another_process_is_not_fed) {
    auto daemon = start({{"WATCHDOG_USEC", "1000"}, {"WATCHDOG_PID", "1"}});
    BOOST_TEST(manager.receive().value() == ready_at(daemon));
    BOOST_TEST(HttpClient(daemon.port()).request("GET", "/readyz").status == 200);
    daemon.signal(SIGTERM);
    BOOST_TEST(manager.receive().value() == stopping);
}

BOOST_AUTO_TEST_CASE(a_manager_that_is_gone_keeps_nobody_from_serving) {
    const Daemon daemon(path(), {}, {{"NOTIFY_SOCKET", (path() / "nowhere").string()}});
    BOOST_TEST(HttpClient(daemon.port()).request("GET", "/readyz").status == 200);
    BOOST_TEST(holds(daemon.log(), "the service manager cannot be told of the daemon"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
