// Removal as the subcommands do it, and the ways by which everything here finds its rows.

#include "storage/tables/removal.hpp"

#include "storage/sqlite/connection.hpp"
#include "storage/tables/apps.hpp"
#include "storage/tables/pages.hpp"
#include "storage/tables/retention.hpp"
#include "storage/tables/scopes.hpp"
#include "storage/tables/user_sessions.hpp"
#include "tests/support/test_database.hpp"
#include "tests/unit/event_rows.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <set>
#include <string>

namespace gateway::storage {

namespace {

struct Fixture : test::TestTables {
    test::EventRows<test::TestTables> rows{*this};

    Fixture() {
        rows.add_app("54e9ujn");
        rows.add_app("other77");
        rows.add_webhook(1);
        rows.add_webhook(2, "other77");
        rows.add_audience(1, "[1]");
        rows.add_audience(2, "[2]", "other77");
    }

    bool clear(const std::string& app) {
        return write([&](Transaction& transaction) { return clear_app(transaction, app); });
    }

    int clear_all(const std::string& app) {
        int parts = 1;
        while (!clear(app))
            ++parts;
        return parts;
    }
};

/// Passes on to a connection and remembers the texts.
class RecordingSession final : public Session {
  public:
    explicit RecordingSession(Connection& connection) : connection_(connection) {}

    Statement& statement(const Sql sql) override {
        texts.insert(sql.text);
        return connection_.statement(sql);
    }

    [[nodiscard]] int changes() const override { return connection_.changes(); }

    void begin_snapshot() override { connection_.begin_snapshot(); }

    void commit() override { connection_.commit(); }

    void roll_back() override { connection_.roll_back(); }

    [[nodiscard]] bool in_transaction() const noexcept override { return connection_.in_transaction(); }

    [[nodiscard]] std::exception_ptr translate(const std::exception_ptr& error) const override {
        return connection_.translate(error);
    }

    std::set<std::string> texts;

  private:
    Connection& connection_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(removal_test, Fixture)

BOOST_AUTO_TEST_CASE(an_app_is_cleared_in_parts_and_others_keep_what_they_have) {
    rows.publish(450, clock.now());
    rows.publish(450, clock.now(), "pending");
    rows.publish(20, clock.now(), "pending", 2);
    rows.attempt(300, clock.now(), 1);
    rows.attempt(3, clock.now(), 2);
    BOOST_TEST(!clear("54e9ujn"));
    BOOST_TEST(std::stoi(ask("SELECT count(*) FROM attempts")) == 103);
    BOOST_TEST(clear_all("54e9ujn") >= 9);
    BOOST_TEST(ask("SELECT app_id, count(*) FROM events GROUP BY app_id") == "other77|20");
    BOOST_TEST(ask("SELECT webhook, count(*) FROM deliveries GROUP BY webhook") == "2|20");
    BOOST_TEST(ask("SELECT webhook, count(*) FROM attempts GROUP BY webhook") == "2|3");
    BOOST_TEST(ask("SELECT number FROM audiences") == "2");
    BOOST_TEST(ask("SELECT audience FROM audience_members") == "2");
    BOOST_TEST(ask("SELECT id FROM apps WHERE id = '54e9ujn'") == "54e9ujn");
}

BOOST_AUTO_TEST_CASE(the_users_of_an_app_go_behind_its_events) {
    rows.publish(3, clock.now());
    ask("UPDATE events SET user_id = 'usr_1'");
    ask("WITH RECURSIVE each (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM each LIMIT 450)"
        " INSERT INTO users (id, app_id, created_at, updated_at) SELECT 'usr_' || i,"
        " iif(i > 400, 'other77', '54e9ujn'), '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z' FROM "
        "each");
    BOOST_TEST(clear_all("54e9ujn") >= 3);
    BOOST_TEST(ask("SELECT app_id, count(*) FROM users GROUP BY app_id") == "other77|50");
    BOOST_TEST(ask("SELECT count(user_id) FROM events") == "0");  // the newest one stays
}

BOOST_AUTO_TEST_CASE(an_app_that_is_gone_is_found_by_what_it_left) {
    const auto gone = [&] { return read(find_gone_app).value_or("none"); };
    ask("DELETE FROM audiences");
    BOOST_TEST(gone() == "none");
    ask("INSERT INTO app_scopes (app_id, scope) VALUES ('gone111', 'read'), ('other77', 'read')");
    BOOST_TEST(gone() == "gone111");
    ask("INSERT INTO users (id, app_id, created_at, updated_at) VALUES ('usr_1', 'gone222',"
        " '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z'), ('usr_1', 'other77',"
        " '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z')");
    BOOST_TEST(gone() == "gone222");
    clear_all("gone222");
    clear_all("gone111");
    BOOST_TEST(gone() == "none");
}

BOOST_AUTO_TEST_CASE(the_newest_event_stays_for_its_number_without_its_contents_as_nobodys) {
    rows.publish(3, clock.now(), "pending", 2);
    rows.publish(3, clock.now(), "pending");
    ask("UPDATE events SET client_id = 'mine', correlation_id = 'theirs' WHERE number = 6");
    clear_all("54e9ujn");
    BOOST_TEST(
        ask("SELECT number, app_id, client_id, correlation_id, payload FROM events WHERE number > 3") ==
        "6||NULL|NULL|{}");
    BOOST_TEST(ask("SELECT count(*) FROM deliveries WHERE event > 3") == "0");
    BOOST_TEST(ask("SELECT count(*) FROM audiences WHERE app_id = '54e9ujn'") == "0");
    BOOST_TEST(clear("54e9ujn"));

    rows.publish(1, clock.now(), "pending", 2);
    clear_all("other77");
    BOOST_TEST(ask("SELECT number, app_id FROM events") == "6|\n7|");
    BOOST_TEST(ask("SELECT app_id, webhooks FROM audiences") == "|[]");
    BOOST_TEST(ask("PRAGMA foreign_key_check") == "");
}

BOOST_AUTO_TEST_CASE(long_payloads_count_for_what_they_take) {
    rows.publish(100, clock.now());
    rows.publish(1, clock.now(), "delivered", 2);
    ask("UPDATE events SET payload = '{\"a\":\"' || printf('%.100000c', 'x') || '\"}' WHERE number <= 100");
    clear("54e9ujn");
    const auto left = std::stoi(ask("SELECT count(*) FROM events"));
    BOOST_TEST(left > 90);
    BOOST_TEST(left < 101);
    const auto found =
        read([&](Snapshot& snapshot) { return find_old_events(snapshot, 0, std::nullopt).found.size(); });
    BOOST_TEST(found < 10U);
}

BOOST_AUTO_TEST_CASE(what_became_pending_between_the_look_and_the_job_is_passed_over) {
    rows.publish(4, clock.now());
    ask("UPDATE deliveries SET state = 'pending' WHERE event = 2");
    const std::array<std::int64_t, 3> events{1, 2, 3};
    BOOST_TEST(write([&](Transaction& transaction) { return remove_events(transaction, events); }) == 3U);
    BOOST_TEST(ask("SELECT number FROM events") == "2\n4");

    const std::array<DeliveryKey, 2> keys{{{2, 1}, {4, 1}}};
    const auto expired = write([&](Transaction& transaction) { return expire(transaction, keys); });
    BOOST_TEST(expired.count == 1U);
    BOOST_TEST((expired.webhooks == std::vector<std::int64_t>{1}));
    BOOST_TEST(ask("SELECT event, state FROM deliveries") == "2|expired\n4|delivered");
}

BOOST_AUTO_TEST_CASE(no_statement_walks_through_a_table) {
    const test::TestFile file;
    Connection connection({.path = file.path()});
    RecordingSession session(connection);
    {
        connection.execute("BEGIN IMMEDIATE");
        Transaction transaction(session, nullptr, clock.now());
        for (const auto* const sql :
             {"INSERT INTO audiences VALUES (1, '54e9ujn', 'user.created', '[1]'), (2, 'other77', "
              "'user.created', "
              "'[]')",
              "INSERT INTO events (number, id, app_id, type, audience, payload, created_at) SELECT value, "
              "value, "
              "'54e9ujn', 'user.created', 1, '', '2025-01-01T00:00:00.000Z' FROM json_each('[1,2,3,4]')",
              "INSERT INTO deliveries (event, webhook) VALUES (1, 1), (2, 1), (3, 1)"})
            connection.execute(sql);
        find_overdue(transaction, {}, clock.now());
        find_overdue_again(transaction);
        expire(transaction, std::array<DeliveryKey, 1>{{{1, 1}}});
        find_old_events(transaction, 0, clock.now());
        find_old_attempts(transaction, 0, clock.now());
        find_old_sessions(transaction, 0, clock.now());
        find_old_session(transaction, 1, clock.now());
        find_gone_webhook(transaction);
        find_gone_app(transaction);
        last_publication(transaction);
        remove_events(transaction, std::array<std::int64_t, 2>{1, 2});
        remove_attempts(transaction, std::array<std::int64_t, 1>{1});
        remove_leavings(transaction, 1);
        find_idle_audiences(transaction, 0);
        remove_audiences(transaction, std::array<std::int64_t, 1>{2});
        clear_app(transaction, "54e9ujn");
        clear_app(transaction, "other77");
        connection.execute(
            "INSERT INTO app_scopes VALUES (1, '54e9ujn', 'read', '2025-01-01T00:00:00.000Z')");
        BOOST_TEST(has_removed_scopes(transaction));
        BOOST_TEST(remove_scope_rows(transaction));
        connection.execute("ROLLBACK");
    }
    BOOST_TEST(session.texts.size() > 20U);
    for (const auto& text : session.texts) {
        if (text.starts_with("SAVEPOINT")) continue;
        const auto plan = file.ask("EXPLAIN QUERY PLAN " + text);
        for (const auto* const table :
             {"events", "deliveries", "attempts", "audiences", "audience_members", "webhooks", "users",
              "user_identifiers", "user_sessions", "user_scopes", "app_scopes"})
            BOOST_TEST(plan.find("SCAN " + std::string(table)) == std::string::npos, text << "\n" << plan);
        BOOST_TEST(plan.find("TEMP B-TREE") == std::string::npos, text << "\n" << plan);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
