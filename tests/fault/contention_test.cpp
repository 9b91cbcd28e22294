// Other processes at the database of the real daemon: one that holds the write lock, one that reads for long.
//
//     GATEWAY_HOLD_SECONDS=60 fault_tests --run_test=contention_test     for a minute each

#include "tests/support/daemon.hpp"
#include "tests/support/event_load.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/test_server.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

namespace gateway::test {

namespace {

constexpr std::size_t clients = 4;
constexpr std::size_t webhooks = 3'000;

/// For how long another process keeps what it holds, at least.
std::chrono::seconds held_for() {
    return std::chrono::seconds(number_from_environment("GATEWAY_HOLD_SECONDS", 0));
}

std::string add_text(LoadFolder& folder, const std::size_t webhook) {
    const auto path = folder.events_path(folder.books()[webhook].id);
    return request_text("POST", path, {folder.token(), R"({"event":"user.created"})", {}});
}

/// Lets the load go on until the daemon's log holds `text`; false when the load ends before.
bool is_logged_under(EventLoad& load, const Daemon& daemon, const std::string& text) {
    constexpr std::uint64_t step = 50;
    while (!holds(daemon.log(), text)) {
        if (!load.wait_for(load.acknowledged() + step)) return false;
    }
    return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contention_test)

BOOST_AUTO_TEST_CASE(a_write_waits_while_another_process_holds_the_lock_for_a_second) {
    LoadFolder folder(1);
    const Daemon daemon(folder.path());
    HttpClient client(daemon.port());
    WriteLock lock(folder.database());
    client.send(add_text(folder, 0));
    std::this_thread::sleep_for(std::chrono::seconds(1));  // what is tested, not a wait for something
    lock.release();
    BOOST_TEST(client.receive().status == 201);
}

BOOST_AUTO_TEST_CASE(writes_are_503_while_the_lock_is_held_for_longer_and_taken_after_it) {
    LoadFolder folder(2);
    Daemon daemon(folder.path(), {"database.busy_timeout=200ms"});
    HttpClient client(daemon.port());
    const auto until = std::chrono::steady_clock::now() + held_for();
    WriteLock lock(folder.database());
    for (int turn = 0; turn < 3 || std::chrono::steady_clock::now() < until; ++turn) {
        client.send(add_text(folder, 0));
        const auto answer = client.receive();
        BOOST_TEST(answer.status == 503);
        BOOST_TEST(answer.code() == "storage_unavailable");
    }
    BOOST_TEST(client.request("GET", "/healthz").status == 200);
    BOOST_TEST(folder.compare_copy() == "");

    lock.release();
    client.send(add_text(folder, 1));
    BOOST_TEST(client.receive().status == 201);
    folder.books()[1].acknowledged = {EventType::user_created};
    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
    BOOST_TEST(holds(daemon.log(), "the database takes no writes: database is locked"));
    BOOST_TEST(holds(daemon.log(), "the database takes writes again"));
    BOOST_TEST(folder.compare(folder.database()) == "");
}

BOOST_AUTO_TEST_CASE(writes_go_on_beside_a_long_reader_and_the_log_that_grows_is_told_of_and_starts_over) {
    LoadFolder folder(webhooks * static_cast<std::size_t>(1 + held_for().count()));
    Daemon daemon(folder.path(), {"database.checkpoint_size=64KiB"});
    const std::filesystem::path log = folder.database().string() + "-wal";
    constexpr int busy_timeout = 5'000;
    SQLite::Database reader(folder.database().string(), SQLite::OPEN_READONLY, busy_timeout);
    const auto events_seen = [&] {
        return reader.execAndGet("SELECT count(*) FROM webhook_events").getInt64();
    };
    reader.exec("BEGIN");
    BOOST_TEST(events_seen() == 0);

    const auto until = std::chrono::steady_clock::now() + held_for();
    EventLoad load(folder, daemon.port(), clients, seed_from_environment());
    while (std::chrono::steady_clock::now() < until && load.wait_for(load.acknowledged() + 1)) {
    }
    BOOST_TEST_REQUIRE(is_logged_under(load, daemon, "a reader has held its snapshot"), daemon.log());
    BOOST_TEST(events_seen() == 0);
    reader.exec("COMMIT");
    BOOST_TEST_REQUIRE(is_logged_under(load, daemon, "the write-ahead log starts over again"), daemon.log());
    // Far less than these additions write into the log.
    constexpr std::uintmax_t room = 2U << 20U;
    const auto size = std::filesystem::file_size(log);
    BOOST_TEST(load.wait_for(load.acknowledged() + 2'000));
    BOOST_TEST(std::filesystem::file_size(log) < size + room);

    load.end();
    BOOST_TEST(load.complaint() == "");
    daemon.kill();
    BOOST_TEST(folder.compare_copy() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
