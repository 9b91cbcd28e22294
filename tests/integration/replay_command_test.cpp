// Replays and retries by subcommands, beside the real daemon and across its end.

#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/delivery_rows.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::test {

namespace {

/// A database with 100,000 deliveries, and a daemon that is killed.
struct LargeFolder : AppFolder {
    std::string token = only_line(succeed({"token", "create", "--app", "54e9ujn"}));
    std::string webhook = add_webhook({"--url", "https://shop.example/hook", "--verification-token", "a"});

    LargeFolder() {
        SQLite::Database(database().string(), SQLite::OPEN_READWRITE)
            .exec(audience_row(1, "54e9ujn", "user.created", 1) + event_rows(1, 1, 100'000) +
                  delivery_rows(1, 1, ", state", ", 'delivered'"));
    }

    [[nodiscard]] boost::json::value shown(const std::string& id) const {
        return print_json({"replay", "show", id});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(replay_command_test, LargeFolder)

BOOST_AUTO_TEST_CASE(a_replay_goes_on_after_a_kill) {
    BOOST_TEST(succeed({"replay", "start", "--webhook", webhook, "--since", "2025-03-15T12:00:00Z",
                        "--dry-run"}) == "100000\n");
    const auto id =
        only_line(succeed({"replay", "start", "--webhook", webhook, "--since", "2025-03-15T12:00:00Z"}));
    BOOST_TEST(shown(id).at("status") == "running");
    {
        Daemon daemon(path());
        while (shown(id).at("queued") == 0) {
        }
        daemon.kill();
    }
    BOOST_TEST(shown(id).at("status") == "running");
    Daemon daemon(path());
    while (shown(id).at("status") == "running") {
    }
    BOOST_TEST(shown(id).at("status") == "done");
    BOOST_TEST(shown(id).at("queued") == 100'000);
    const auto count = SQLite::Database(database().string(), SQLite::OPEN_READWRITE)
                           .execAndGet("SELECT count(*) FROM deliveries WHERE state = 'pending'")
                           .getInt();
    BOOST_TEST(count == 100'000);
}

BOOST_AUTO_TEST_CASE(a_subcommand_begins_a_replay_that_a_running_daemon_notices) {
    Daemon daemon(path());
    const auto id = only_line(succeed({"replay", "start", "--webhook", webhook, "--since",
                                       "2025-03-16T15:40:00Z", "--status", "delivered"}));
    while (shown(id).at("status") == "running") {
    }
    BOOST_TEST(shown(id).at("queued") == 401);
    BOOST_TEST(print_json({"replay", "cancel", id}).at("status") == "done");
    BOOST_TEST(holds(fail({"replay", "show", "rpl_0"}), "there is no replay"));
}

BOOST_AUTO_TEST_CASE(deliveries_are_retried_by_a_subcommand) {
    const auto retried = print_json({"delivery", "retry", "--webhook", webhook, "evt_0000007"});
    BOOST_TEST(retried.at("status") == "pending");
    BOOST_TEST(holds(fail({"delivery", "retry", "--webhook", webhook, "evt_0"}), "no delivery"));
    BOOST_TEST(holds(fail({"webhook", "test", webhook, "user.created"}), "inactive"));
    misuse({"webhook", "test", webhook, "user.gone"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
