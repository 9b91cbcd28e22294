#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

// The file of the database: that it gives freed pages back, and what the subcommands do with rows that are
// many.

namespace gateway::test {

namespace fs = std::filesystem;

namespace {

constexpr auto time_now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

/// With an app and rows that a person put there.
struct Folder : AppFolder {
    /// The first column of the first row; whatever else there is, is run.
    std::string ask(const std::string& sql) const {
        constexpr int busy_timeout = 5'000;
        const SQLite::Database shell(database().string(), SQLite::OPEN_READWRITE, busy_timeout);
        SQLite::Statement statement(shell, sql);
        std::string first;
        while (statement.executeStep()) {
            if (first.empty()) first = statement.getColumn(0).getString();
        }
        return first;
    }

    /// Events of the app, each delivered to a webhook that is gone.
    void publish(const int count) const {
        ask("INSERT OR IGNORE INTO audiences VALUES (1, '54e9ujn', 'user.created', '[1]')");
        ask(std::string(
                "WITH RECURSIVE each (number) AS (SELECT coalesce(max(number), 0) + 1 FROM events UNION ALL"
                " SELECT number + 1 FROM each LIMIT ") +
            std::to_string(count) +
            ") INSERT INTO events (number, id, app_id, type, audience, payload, created_at)"
            " SELECT number, 'evt_' || number, '54e9ujn', 'user.created', 1, '{}', " +
            time_now + " FROM each");
        ask("INSERT INTO deliveries (event, webhook, state) SELECT number, 1, 'delivered' FROM events"
            " WHERE number > (SELECT coalesce(max(event), 0) FROM deliveries)");
    }

    /// As databases were made before freed pages were given back.
    void make_like_old_ones() const {
        SQLite::Database(database().string(), SQLite::OPEN_READWRITE)
            .exec("PRAGMA auto_vacuum = NONE; VACUUM");
    }

    [[nodiscard]] std::string log_of_a_start() const {
        Daemon daemon(path());
        daemon.signal(SIGTERM);
        daemon.wait();
        return daemon.log();
    }
};

constexpr auto warning = "does not get smaller when rows are removed";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(database_command_test, Folder)

BOOST_AUTO_TEST_CASE(a_new_database_gives_freed_pages_back) {
    BOOST_TEST(ask("PRAGMA auto_vacuum") == "2");
    BOOST_TEST(!holds(log_of_a_start(), warning));
}

BOOST_AUTO_TEST_CASE(compact_makes_an_old_file_small_and_leaves_it_the_same_file) {
    make_like_old_ones();
    const auto log = log_of_a_start();
    BOOST_TEST(holds(log, warning), log);
    BOOST_TEST(holds(log, "session-gateway database compact"), log);

    publish(20'000);
    ask("DELETE FROM deliveries");
    ask("DELETE FROM events WHERE number > 1");
    fs::permissions(database(), static_cast<fs::perms>(0640U));
    const auto size = fs::file_size(database());
    const auto user_version = ask("PRAGMA user_version");
    const auto printed = succeed({"database", "compact"});
    BOOST_TEST(printed.starts_with("compacting " + database().string() + ", which takes up to "), printed);
    BOOST_TEST(fs::file_size(database()) < size / 4);
    BOOST_TEST(ask("PRAGMA auto_vacuum") == "2");
    BOOST_TEST(ask("PRAGMA freelist_count") == "0");
    BOOST_TEST(ask("PRAGMA user_version") == user_version);
    BOOST_TEST(ask("PRAGMA application_id") == std::to_string(0x53475731));
    BOOST_TEST((fs::status(database()).permissions() == static_cast<fs::perms>(0640U)));
    BOOST_TEST(!holds(log_of_a_start(), warning));
    BOOST_TEST(only_item({"app", "list"}).at("id") == "54e9ujn");
    succeed({"database", "compact"});
    for (const auto& entry : fs::directory_iterator(database().parent_path()))
        BOOST_TEST(entry.path().filename().string().starts_with("session-gateway."), entry.path());
}

BOOST_AUTO_TEST_CASE(compact_takes_over_what_a_crash_left_in_the_log) {
    {
        Daemon daemon(path());
        succeed({"app", "create", "--id", "other77"});
        daemon.kill();
    }
    succeed({"database", "compact"});
    BOOST_TEST(print_json({"app", "list"}).as_array().size() == 2U);
    BOOST_TEST(!holds(log_of_a_start(), warning));
}

BOOST_AUTO_TEST_CASE(compact_that_is_stopped_leaves_the_database_as_it_was) {
    make_like_old_ones();
    publish(30'000);
    const auto stopped =
        run_program({.arguments = {"database", "compact"}, .folder = path(), .stop_at = "compacting"});
    BOOST_TEST(stopped.out.starts_with("compacting"));
    BOOST_TEST(ask("PRAGMA integrity_check") == "ok");
    BOOST_TEST(ask("SELECT count(*) FROM events") == "30000");
    for (const auto& entry : fs::directory_iterator(database().parent_path()))
        BOOST_TEST(entry.path().filename().string().starts_with("session-gateway."), entry.path());
    static_cast<void>(log_of_a_start());
    succeed({"database", "compact"});
    BOOST_TEST(!holds(log_of_a_start(), warning));
    BOOST_TEST(ask("SELECT count(*) FROM events") == "30000");
}

BOOST_AUTO_TEST_CASE(compact_wants_no_daemon) {
    const Daemon daemon(path());
    const auto message = fail({"database", "compact"});
    BOOST_TEST(holds(message, database().string() + ": a session-gateway serves it"), message);
}

BOOST_AUTO_TEST_CASE(app_delete_takes_its_events_along_and_can_be_begun_again) {
    publish(1'500);
    BOOST_TEST(holds(succeed({"app", "delete", "54e9ujn", "--yes"}), "deleted app 54e9ujn"));
    BOOST_TEST(ask("SELECT count(*) FROM events WHERE app_id <> ''") == "0");
    BOOST_TEST(ask("SELECT count(*) FROM deliveries") == "0");

    // As one that was killed leaves it: events gone in part, the app closed.
    succeed({"app", "create", "--id", "54e9ujn"});
    publish(10);
    succeed({"app", "disable-sessions", "54e9ujn"});
    succeed({"app", "delete", "54e9ujn", "--yes"});
    BOOST_TEST(ask("SELECT count(*) FROM events WHERE app_id <> ''") == "0");
}

BOOST_AUTO_TEST_CASE(a_new_app_gets_nothing_of_a_former_one_of_its_id) {
    publish(1'000);
    ask("DELETE FROM apps");  // by hand
    succeed({"app", "create", "--id", "54e9ujn"});
    BOOST_TEST(ask("SELECT count(*) FROM events WHERE app_id <> ''") == "0");
    BOOST_TEST(ask("SELECT count(*) FROM audiences WHERE app_id <> ''") == "0");
    publish(5);
    BOOST_TEST(holds(fail({"app", "create", "--id", "54e9ujn"}), "54e9ujn is taken"));
    BOOST_TEST(ask("SELECT count(*) FROM events WHERE app_id <> ''") == "5");
}

BOOST_AUTO_TEST_CASE(a_daemon_keeps_its_file_bounded) {
    const Daemon daemon(path(), {"retention.events=1s", "database.checkpoint_size=1MiB"});
    constexpr int rounds = 4;
    std::uintmax_t largest = 0;
    for (int round = 0; round < rounds; ++round) {
        publish(5'000);
        const auto deadline = std::chrono::steady_clock::now() + Daemon::limit;
        while (ask("SELECT count(*) FROM events") != "1") {
            BOOST_REQUIRE(std::chrono::steady_clock::now() < deadline);
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        if (round == 0) largest = std::stoull(ask("PRAGMA page_count"));
        BOOST_TEST(std::stoull(ask("PRAGMA page_count")) <= largest + largest / 10);
    }
    BOOST_TEST(ask("SELECT count(*) FROM deliveries") == "1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
