// Several listeners, and Unix sockets among them.

#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

namespace gateway::test {

namespace {

namespace fs = std::filesystem;

Settings listening_on(std::vector<std::string> addresses) {
    Settings settings;
    settings.server.listen = std::move(addresses);
    return settings;
}

mode_t mode_of(const fs::path& path) {
    struct stat status {};

    BOOST_TEST_REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status.st_mode;
}

std::string failure_to_listen(const fs::path& path) {
    try {
        const TestServer server(listening_on({"unix:" + path.string()}));
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

struct SocketFolder : TemporaryFolder {
    const fs::path socket = path() / "gateway.sock";
    const std::string url = "unix:" + socket.string();
};

}  // namespace

BOOST_AUTO_TEST_SUITE(listeners_test)

BOOST_FIXTURE_TEST_CASE(every_listener_serves, SocketFolder) {
    TestServer server(listening_on({"http://127.0.0.1:0", "http://127.0.0.1:0", url}));
    BOOST_TEST(server.port(0) != server.port(1));
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(server.connect(0).request("GET", "/healthz").status == 200);
        BOOST_TEST(server.connect(1).request("GET", "/healthz").status == 200);
        BOOST_TEST(HttpClient(socket).request("GET", "/healthz").status == 200);
    }
    const auto lines = server.end_and_read_log();
    BOOST_TEST(holds(lines, R"("client":"127.0.0.1")"));
    BOOST_TEST(holds(lines, R"("client":"unix")"));
}

BOOST_FIXTURE_TEST_CASE(a_unix_socket_is_for_owner_and_group_and_goes_with_the_daemon, SocketFolder) {
    {
        const TestServer server(listening_on({url}));
        BOOST_TEST(mode_of(socket) == (S_IFSOCK | 0660));
    }
    BOOST_TEST(!fs::exists(fs::symlink_status(socket)));
}

BOOST_FIXTURE_TEST_CASE(a_socket_that_another_daemon_listens_on_is_refused, SocketFolder) {
    const TestServer server(listening_on({url}));
    const auto failure = failure_to_listen(socket);
    BOOST_TEST(failure.starts_with("cannot listen on " + url + ": another process listens there; "), failure);
    BOOST_TEST(HttpClient(socket).request("GET", "/healthz").status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_no_socket_stays, SocketFolder) {
    std::ofstream(socket) << "precious";
    const auto failure = failure_to_listen(socket);
    BOOST_TEST(failure.starts_with("cannot listen on " + url + ": a file that is no socket is there; "),
               failure);
    BOOST_TEST(content_of(socket) == "precious");
}

BOOST_FIXTURE_TEST_CASE(a_socket_in_the_place_of_ours_stays, SocketFolder) {
    {
        const TestServer server(listening_on({url}));
        fs::remove(socket);
        std::ofstream(socket) << "another's";
    }
    BOOST_TEST(content_of(socket) == "another's");
}

BOOST_FIXTURE_TEST_CASE(a_folder_that_is_not_there_is_told, SocketFolder) {
    const auto failure = failure_to_listen(path() / "none" / "gateway.sock");
    BOOST_TEST(holds(failure, ": No such file or directory; "), failure);
}

BOOST_AUTO_TEST_CASE(an_address_that_is_taken_is_told) {
    const TestServer server;
    const auto url = "http://127.0.0.1:" + std::to_string(server.port());
    BOOST_CHECK_EXCEPTION(TestServer{listening_on({url})}, std::runtime_error,
                          [&](const std::runtime_error& error) {
                              return std::string(error.what())
                                  .starts_with("cannot listen on " + url + ": Address already in use; ");
                          });
}

/// The binary: what is left behind, and what it prints.
BOOST_FIXTURE_TEST_CASE(a_socket_that_a_killed_daemon_left_is_replaced, SocketFolder) {
    const CommandFolder folder;
    const auto listen = "server.listen=http://127.0.0.1:0," + url;
    Daemon first(folder.path(), {listen});
    first.kill();
    BOOST_TEST(fs::is_socket(socket));
    Daemon second(folder.path(), {listen});
    BOOST_TEST(HttpClient(socket).request("GET", "/healthz").status == 200);
    BOOST_TEST(HttpClient(second.port()).request("GET", "/healthz").status == 200);
    second.signal(SIGTERM);
    BOOST_TEST(second.wait() == 0);
    BOOST_TEST(!fs::exists(fs::symlink_status(socket)));
    BOOST_TEST(holds(second.log(), R"("url":")" + url + '"'));
    BOOST_TEST(holds(second.log(), R"("url":"http://127.0.0.1:)" + std::to_string(second.port()) + '"'));
}

BOOST_FIXTURE_TEST_CASE(what_contradicts_itself_stops_the_start, CommandFolder) {
    const auto serve = [this](const std::vector<std::string>& settings) {
        Arguments arguments{"serve"};
        for (const auto& setting : settings) {
            arguments.emplace_back("--set");
            arguments.push_back(setting);
        }
        return fail(arguments);
    };
    BOOST_TEST(holds(serve({"server.listen=http://127.0.0.1:0", "server.port=9000"}),
                     "server.listen: found beside server.address = \"127.0.0.1\" and server.port = 9000, "
                     "allowed is only one way to say it"));
    BOOST_TEST(holds(serve({"server.listen=https://127.0.0.1:0", "server.tls_key=/x.key"}),
                     "server.tls_certificate: found \"\", expected a file, as server.listen has an https"));
    BOOST_TEST(holds(serve({"server.listen=https://127.0.0.1:0", "server.tls_certificate=/x.pem"}),
                     "server.tls_key: found \"\", expected a file"));
    BOOST_TEST(
        holds(serve({"server.tls_certificate=/x.pem"}),
              "server.tls_certificate: found \"/x.pem\", expected \"\", as server.listen has no https"));
    BOOST_TEST(
        holds(serve({"server.listen=http://127.0.0.1"}),
              "--set: server.listen: found \"http://127.0.0.1\", allowed is a list of addresses like"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
