#include "server/delivery/replay_runner.hpp"

#include "server/log/log.hpp"
#include "storage/values/file_descriptor.hpp"
#include "tests/support/delivery_rows.hpp"
#include "tests/support/test_database.hpp"

#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <string>

namespace gateway::delivery {

namespace {

using namespace std::chrono_literals;

/// A webhook that got some events, all delivered.
struct Fixture {
    test::TestDatabase db;
    Bell bell;
    Feed feed;
    test::TemporaryFolder folder;
    std::string log_path = folder.path() / "log";
    storage::FileDescriptor log_file{::open(log_path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600)};
    Log log{{.level = LogLevel::trace, .format = LogFormat::text}, db.clock, {.file = log_file.get()}};
    std::mutex mutex;
    std::condition_variable woken;
    int wakings = 0;  // under mutex
    std::optional<ReplayRunner> runner;

    explicit Fixture(const int events = 450) {
        db.tamper(
            "INSERT INTO apps (id, name, created_at, updated_at) VALUES"
            " ('54e9ujn', '', '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z');");
        add_webhook(1, events);
        feed.listen([this] {
            const std::lock_guard lock(mutex);
            ++wakings;
            woken.notify_all();
        });
    }

    ~Fixture() {
        runner.reset();
        feed.listen({});
    }

    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;

    void add_webhook(const int number, const int events) const {
        const auto key = std::to_string(number);
        db.tamper(
            "INSERT INTO webhooks (number, id, app_id, url, events, active, created_at, updated_at,"
            " verification_token_sealed) VALUES (" +
            key + ", 'web_" + key +
            "', '54e9ujn', 'https://shop.example/', '[]', 1, '2025-03-15T12:00:00.000Z',"
            " '2025-03-15T12:00:00.000Z', x'01');" +
            test::audience_row(number, "54e9ujn", "user.created", number) +
            test::event_rows(number, number * 1'000'000, events) +
            test::delivery_rows(number, number, ", state", ", 'delivered'"));
    }

    /// Of all that the webhook was sent.
    void begin_replay(const int webhook) {
        db.write([&](storage::Transaction& transaction) {
            storage::Replay replay{.id = "rpl_" + std::to_string(webhook),
                                   .webhook = webhook,
                                   .since = Timestamp{},
                                   .state = storage::DeliveryState::delivered,
                                   .created_at = transaction.now()};
            storage::find_range(transaction, replay);
            storage::insert_replay(transaction, replay);
            transaction.after_commit([this] { bell.ring(); });
            return true;
        });
    }

    void start() { runner.emplace(ReplayRunner::Parts{db.database(), bell, feed, 14 * 24h, log, 1ms}); }

    /// Returns when `sql` gives `wanted`; looks whenever something was queued.
    void wait_until(const std::string& sql, const std::string& wanted) {
        int seen = -1;
        while (true) {
            {
                std::unique_lock lock(mutex);
                BOOST_TEST_REQUIRE(woken.wait_for(lock, 60s, [&] { return wakings > seen; }));
                seen = wakings;
            }
            feed.take();
            if (db.ask(sql) == wanted) return;
        }
    }

    std::string pending(const int webhook) const {
        return db.ask("SELECT count(*) FROM deliveries WHERE state = 'pending' AND webhook = " +
                      std::to_string(webhook));
    }
};

/// With enough for a restart in the middle of it.
struct LargeFixture : Fixture {
    LargeFixture() : Fixture(100'050) {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(replay_runner_test)

BOOST_FIXTURE_TEST_CASE(a_replay_is_counted_and_queued_and_the_dispatcher_told, Fixture) {
    start();
    begin_replay(1);
    wait_until("SELECT status, matched, queued FROM replays", "done|450|450");
    BOOST_TEST(pending(1) == "450");
}

BOOST_FIXTURE_TEST_CASE(replays_of_several_webhooks_take_turns, Fixture) {
    add_webhook(2, 30);
    begin_replay(1);
    begin_replay(2);
    start();
    wait_until("SELECT count(*) FROM replays WHERE status = 'done'", "2");
    BOOST_TEST((pending(1) == "450" && pending(2) == "30"));
    BOOST_TEST(db.ask("SELECT group_concat(matched) FROM replays") == "450,30");
}

BOOST_FIXTURE_TEST_CASE(one_that_fails_keeps_no_other_from_its_end, Fixture) {
    add_webhook(2, 30);
    begin_replay(1);
    begin_replay(2);
    db.tamper("UPDATE replays SET type = 'user.exploded' WHERE webhook = 1");
    start();
    wait_until("SELECT status FROM replays WHERE webhook = 2", "done");
    BOOST_TEST(db.ask("SELECT status FROM replays WHERE webhook = 1") == "running");
}

BOOST_FIXTURE_TEST_CASE(a_restart_goes_on_where_it_stood, LargeFixture) {
    begin_replay(1);
    start();
    wait_until("SELECT queued BETWEEN 1 AND 99999 FROM replays", "1");
    runner.reset();
    BOOST_TEST(db.ask("SELECT status FROM replays") == "running");
    const auto queued = std::stoi(db.ask("SELECT queued FROM replays"));
    BOOST_TEST((queued > 0 && queued < 100'000));
    BOOST_TEST(pending(1) == std::to_string(queued));
    start();
    wait_until("SELECT status FROM replays", "done");
    BOOST_TEST(db.ask("SELECT matched, queued FROM replays") == "100050|100050");
    BOOST_TEST(pending(1) == "100050");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::delivery
