// How the real daemon ends and how it refuses to begin, and that a key can be revoked while it is busy.

#include "tests/support/daemon.hpp"
#include "tests/support/event_load.hpp"
#include "tests/support/http_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace gateway::test {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t clients = 6;
constexpr std::size_t webhooks = 2'000;
constexpr std::uint64_t under_way = 100;  // acknowledged additions: the load is on

/// Sends addWebhookEvent but for its body, and returns when the daemon has begun with it.
HttpClient begin_to_add(LoadFolder& folder, const Daemon& daemon, const std::string& body) {
    HttpClient client(daemon.port());
    const Headers headers{{"Expect", "100-continue"}, {"Content-Length", std::to_string(body.size())}};
    client.send(
        request_text("POST", folder.events_path(folder.books().front().id), {folder.token(), {}, headers}));
    BOOST_TEST_REQUIRE(client.receive().status == 100);
    return client;
}

void wait_until_it_refuses_connections(const Daemon& daemon) {
    while (true) {
        try {
            const HttpClient client(daemon.port());
        } catch (const std::system_error& error) {
            BOOST_TEST_REQUIRE((error.code() == std::errc::connection_refused));
            return;
        }
        std::this_thread::yield();
    }
}

bool log_is_checkpointed(const LoadFolder& folder) {
    const fs::path log = folder.database().string() + "-wal";
    return !fs::exists(log) || fs::file_size(log) == 0;
}

std::string serve_refused(const CommandFolder& folder, const Arguments& settings) {
    Arguments arguments{"serve"};
    for (const auto& setting : settings) {
        arguments.emplace_back("--set");
        arguments.push_back(setting);
    }
    return folder.fail(arguments);
}

struct Setup {
    LoadFolder folder{webhooks};
    Daemon daemon{folder.path(), {"server.shutdown_timeout=1h", "server.body_timeout=1h"}};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(signal_test)

BOOST_FIXTURE_TEST_CASE(sigterm_under_load_ends_in_good_order, Setup) {
    const std::string body = R"({"event":"user.created"})";
    auto in_flight = begin_to_add(folder, daemon, body);
    // The webhook of the request in flight is not for the clients.
    auto& own = folder.books().front();
    for (std::size_t i = 0; i < event_type_names.size(); ++i)
        own.acknowledged.push_back(static_cast<EventType>(i));

    EventLoad load(folder, daemon.port(), clients, seed_from_environment());
    BOOST_TEST(load.wait_for(under_way), daemon.log());
    daemon.signal(SIGTERM);
    wait_until_it_refuses_connections(daemon);
    in_flight.send(body);
    const auto answer = in_flight.receive();
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(!answer.keep_alive);

    BOOST_TEST(daemon.wait() == 0, daemon.log());
    load.join();
    BOOST_TEST(load.complaint() == "");
    BOOST_TEST(log_is_checkpointed(folder));
    own.acknowledged = {EventType::user_created};
    BOOST_TEST(folder.compare(folder.database()) == "");
}

BOOST_AUTO_TEST_CASE(a_signal_right_after_the_ready_line_ends_it_in_good_order) {
    constexpr int attempts = 10;
    const LoadFolder folder(1);
    for (int attempt = 0; attempt < attempts; ++attempt) {
        Daemon daemon(folder.path());
        daemon.signal(SIGTERM);
        BOOST_TEST(daemon.wait() == 0);
    }
}

BOOST_FIXTURE_TEST_CASE(sigint_does_as_sigterm, Setup) {
    BOOST_TEST(HttpClient(daemon.port()).request("GET", "/healthz").status == 200);
    daemon.signal(SIGINT);
    BOOST_TEST(daemon.wait() == 0, daemon.log());
    BOOST_TEST(log_is_checkpointed(folder));
}

BOOST_FIXTURE_TEST_CASE(a_second_signal_ends_it_at_once, Setup) {
    const auto in_flight = begin_to_add(folder, daemon, "{}");
    daemon.signal(SIGTERM);
    wait_until_it_refuses_connections(daemon);
    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() != 0);
}

BOOST_AUTO_TEST_CASE(a_stop_that_overruns_its_time_says_so_and_fails) {
    LoadFolder folder(1);
    Daemon daemon(folder.path(), {"server.shutdown_timeout=1ms", "server.body_timeout=1h"});
    const auto in_flight = begin_to_add(folder, daemon, "{}");
    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 1);
    BOOST_TEST(holds(daemon.log(), "server.shutdown_timeout"));
}

BOOST_FIXTURE_TEST_CASE(sighup_reads_the_settings_again, Setup) {
    HttpClient client(daemon.port());
    BOOST_TEST(client.request("GET", "/readyz").status == 200);
    daemon.signal(SIGHUP);
    BOOST_TEST(client.request("GET", "/readyz").status == 200);
    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
    BOOST_TEST(holds(daemon.log(), "settings reloaded"));
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_named_in_one_line) {
    boost::asio::io_context context;
    const boost::asio::ip::tcp::acceptor other(context, {boost::asio::ip::address_v4::loopback(), 0});
    const auto port = std::to_string(other.local_endpoint().port());
    const MigratedFolder folder;
    const auto line = serve_refused(folder, {"server.port=" + port});
    BOOST_TEST(holds(line, "in use"), line);
    BOOST_TEST(holds(line, port), line);
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_written_is_named_in_one_line) {
    const CommandFolder folder;
    folder.write("taken", "a file where a folder is meant to be");
    const auto line = serve_refused(folder, {"server.port=0", "database.path=taken/gateway.db"});
    BOOST_TEST(holds(line, "cannot make the folder"), line);
    BOOST_TEST(holds(line, "/taken: Not a directory; make it"), line);
}

BOOST_AUTO_TEST_CASE(a_folder_without_permission_is_named_in_one_line,
                     *boost::unit_test::precondition([](boost::unit_test::test_unit_id) {
                         return boost::test_tools::assertion_result(::geteuid() != 0);  // root may everything
                     })) {
    const CommandFolder folder;
    const auto closed = folder.path() / "closed";
    fs::create_directory(closed);
    fs::permissions(closed, fs::perms::owner_read | fs::perms::owner_exec);
    const auto line = serve_refused(folder, {"server.port=0", "database.path=closed/gateway.db"});
    BOOST_TEST(holds(line, closed.string()), line);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_named_in_one_line_and_left_alone) {
    const CommandFolder folder;
    const std::string text =
        "This is not a database, but long enough to be mistaken for one by its size alone: " +
        std::string(4'096, '.');
    folder.write("notes.txt", text);
    const auto line = serve_refused(folder, {"server.port=0", "database.path=notes.txt"});
    BOOST_TEST(holds(line, "notes.txt"), line);
    BOOST_TEST(holds(line, "not a database"), line);
    BOOST_TEST(content_of(folder.path() / "notes.txt") == text);
}

BOOST_FIXTURE_TEST_CASE(a_second_daemon_on_the_same_file_is_refused_in_one_line, Setup) {
    const auto line = serve_refused(folder, {"server.port=0"});
    BOOST_TEST(holds(line, folder.database().string()), line);
    BOOST_TEST(HttpClient(daemon.port()).request("GET", "/readyz").status == 200);
}

BOOST_FIXTURE_TEST_CASE(under_full_load_a_key_is_revoked_within_a_second_and_refused_from_the_next_request_on,
                        Setup) {
    HttpClient client(daemon.port());
    const auto list = [&] {
        return client.request("GET", "/v2/session/apps/" + folder.app() + "/webhooks/" + folder.books()[0].id,
                              {folder.token(), {}, {}});
    };
    const auto add = [&] {
        return client.request("POST", folder.events_path(folder.books()[0].id),
                              {folder.token(), R"({"event":"user.created"})", {}});
    };
    EventLoad load(folder, daemon.port(), clients, seed_from_environment());
    BOOST_TEST(load.wait_for(under_way), daemon.log());
    BOOST_TEST(list().status == 200);

    const auto started = std::chrono::steady_clock::now();
    const auto outcome = folder.run({"token", "revoke", folder.token_id()});
    const auto took = std::chrono::steady_clock::now() - started;
    BOOST_TEST(outcome.status == 0, outcome.err);
    BOOST_TEST(list().status == 401);
    BOOST_TEST(add().status == 401);
    BOOST_TEST((took < std::chrono::seconds(slowness)),
               "it took " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
    load.join();
    BOOST_TEST(load.complaint() == "");
    BOOST_TEST(folder.compare_copy() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
