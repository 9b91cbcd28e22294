// Migration 0003: what the program reads of a row is held to the form it reads.

#include "migrations/migrations.hpp"
#include "storage/sqlite/migrator.hpp"
#include "storage/values/event_set.hpp"
#include "tests/support/test_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>

namespace gateway::storage {

namespace {

/// A file as an older binary left it, with an app, a key and a webhook.
struct Older {
    test::TemporaryFolder folder;
    test::TestClock clock;
    std::filesystem::path path = folder.path() / "gateway.db";

    Older() {
        Migrator(path, clock, embedded_migrations().first(2)).migrate();
        run("INSERT INTO apps (id, name, created_at, updated_at)"
            " VALUES ('54e9ujn', 'Shop', '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z');"
            "INSERT INTO webhooks (id, app_id, url, events, created_at, updated_at, "
            "verification_token_sealed)"
            " VALUES ('web_1', '54e9ujn', 'https://example.com/', '[]', '2025-03-15T12:00:00.000Z',"
            " '2025-03-15T12:00:00.000Z', x'00');"
            "INSERT INTO api_tokens (id, sha256, app_id, name, created_at)"
            " VALUES ('tok_1', printf('%064d', 1), '54e9ujn', '', '2025-03-15T12:00:00.000Z');"
            "INSERT INTO webhook_activations (webhook_id, started_at)"
            " VALUES ('web_1', '2025-03-15T12:00:00.000Z');");
    }

    void run(const std::string& sql) const {
        SQLite::Database(path.string(), SQLite::OPEN_READWRITE).exec(sql);
    }

    [[nodiscard]] std::string ask(const std::string& sql) const {
        return SQLite::Database(path.string(), SQLite::OPEN_READWRITE).execAndGet(sql).getString();
    }

    void migrate() const { Migrator(path, clock, embedded_migrations().first(3)).migrate(); }

    [[nodiscard]] std::string refusal() const {
        try {
            migrate();
        } catch (const DatabaseRefused& refused) {
            return refused.what();
        }
        return "none";
    }
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// A file of today: whether it takes a value for a column of its only webhook.
struct Today : Older {
    std::optional<SQLite::Database> shell;

    Today() {
        migrate();
        shell.emplace(path.string(), SQLite::OPEN_READWRITE);
        shell->exec("PRAGMA synchronous = OFF");
    }

    [[nodiscard]] bool takes(const std::string& column, const std::string& value) const {
        SQLite::Statement statement(*shell, "UPDATE webhooks SET " + column + " = ?");
        statement.bind(1, value);
        return statement.tryExecuteStep() == SQLITE_DONE;
    }
};

bool is_event_set(const std::string& text) {
    try {
        parse_event_set(text);
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(readable_rows_test)

BOOST_FIXTURE_TEST_CASE(nothing_is_lost_or_changed_of_what_was_right, Older) {
    migrate();
    BOOST_TEST(ask("SELECT name || updated_at FROM apps") == "Shop2025-03-15T12:00:00.000Z");
    BOOST_TEST(ask("SELECT app_id || expires_at IS NULL FROM api_tokens") == "1");
    BOOST_TEST(ask("SELECT webhook_id || outcome FROM webhook_activations") == "web_1running");
    BOOST_TEST(ask("SELECT state || hex(verification_token_sealed) FROM webhook_overview, webhooks") ==
               "inactive00");
    BOOST_TEST(ask("SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%checked%'") == "0");
}

BOOST_FIXTURE_TEST_CASE(times_that_sqlite_writes_and_events_named_twice_are_put_right, Older) {
    run("UPDATE webhooks SET updated_at = '2025-03-15 12:00:01', last_http_code_date = "
        "'2025-03-15T12:00:02Z',"
        R"( events = '["user.created", "user.deleted", "user.created"]';)"
        "UPDATE api_tokens SET expires_at = datetime('2025-03-15 11:00:00', '+1 hour')");
    migrate();
    BOOST_TEST(ask("SELECT updated_at || last_http_code_date || events FROM webhooks") ==
               R"(2025-03-15T12:00:01.000Z2025-03-15T12:00:02.000Z["user.created","user.deleted"])");
    BOOST_TEST(ask("SELECT expires_at FROM api_tokens") == "2025-03-15T12:00:00.000Z");
}

BOOST_FIXTURE_TEST_CASE(rows_that_cannot_be_put_right_are_named_and_nothing_is_changed, Older) {
    run(R"(UPDATE webhooks SET updated_at = '2025-02-30 12:00:00', events = '["nope"]';)"
        "UPDATE apps SET created_at = 'now'; UPDATE api_tokens SET expires_at = 'tomorrow';"
        "PRAGMA ignore_check_constraints = ON; UPDATE apps SET mode = 'test'");
    const auto message = refusal();
    BOOST_TEST_INFO_SCOPE(message);
    BOOST_TEST(holds(message, "because of 4 faults, and nothing was changed"));
    BOOST_TEST(
        holds(message, R"(row 1 of webhooks: updated_at holds "2025-02-30 12:00:00" where a time like )"));
    BOOST_TEST(holds(message, R"(row 1 of webhooks: events holds ["nope"] where)"));
    BOOST_TEST(holds(message, R"(row 1 of apps: created_at holds "now")"));
    BOOST_TEST(holds(message, R"(row 1 of api_tokens: expires_at holds "tomorrow")"));
    BOOST_TEST(ask("SELECT mode FROM apps") == "test");
    run("UPDATE apps SET created_at = CURRENT_TIMESTAMP; UPDATE api_tokens SET expires_at = NULL;"
        "UPDATE webhooks SET updated_at = created_at, events = '[]'");
    BOOST_TEST(holds(refusal(), "row 1 of apps: a value breaks a rule of the table"));
    run("UPDATE apps SET mode = 'dev'");
    BOOST_TEST(refusal() == "none");
    BOOST_TEST(ask("SELECT mode FROM apps") == "dev");
}

BOOST_FIXTURE_TEST_CASE(a_column_of_time_takes_exactly_what_the_program_reads, Today) {
    for (const std::string text : {"2025-03-15T12:00:00.000Z",
                                   "2024-02-29T23:59:59.999Z",
                                   "0000-01-01T00:00:00.000Z",
                                   "9999-12-31T23:59:59.999Z",
                                   "2025-02-29T00:00:00.000Z",
                                   "2025-04-31T00:00:00.000Z",
                                   "2025-03-15T24:00:00.000Z",
                                   "2025-03-15T12:60:00.000Z",
                                   "2025-03-15T12:00:60.000Z",
                                   "2025-13-15T12:00:00.000Z",
                                   "2025-00-15T12:00:00.000Z",
                                   "2025-03-15 12:00:00",
                                   "2025-03-15",
                                   "2025-03-15T12:00:00Z",
                                   "2025-03-15T12:00:00.000z",
                                   "2025-03-15T12:00:00.000+00:00",
                                   "now",
                                   "",
                                   "1742040000",
                                   "2460750.0",
                                   "12:00"}) {
        BOOST_TEST_CONTEXT(text) {
            for (const auto* const column : {"created_at", "updated_at", "last_http_code_date"})
                BOOST_TEST(takes(column, text) == parse_timestamp(text).has_value());
        }
    }
    for (int millisecond = 0; millisecond < 1000; ++millisecond)
        BOOST_TEST(
            takes("updated_at", format_timestamp(clock.now() + std::chrono::milliseconds(millisecond))));
}

BOOST_FIXTURE_TEST_CASE(the_event_column_takes_exactly_what_the_program_reads, Today) {
    for (const std::string text : {R"([])",
                                   R"(["user.created"])",
                                   R"([ "user.created" , "user.deleted" ])",
                                   R"(["user.created","user.created"])",
                                   R"({})",
                                   R"(["nope"])",
                                   R"([["user.created"]])",
                                   R"([{"user.created":1}])",
                                   R"({"user.created":"user.deleted"})",
                                   R"(["user.created",1])",
                                   R"([1])",
                                   R"([null])",
                                   R"(["x\"user.created\""])",
                                   R"(["user.created",""])",
                                   R"([[]])",
                                   R"("user.created")",
                                   R"(["user.created",])",
                                   R"(["user.created"]])",
                                   R"(user.created)",
                                   R"()"}) {
        BOOST_TEST_INFO(text);
        BOOST_TEST(takes("events", text) == is_event_set(text));
    }
    std::mt19937 random(1);
    std::array<EventType, event_type_names.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = static_cast<EventType>(i);
    for (int round = 0; round < 200; ++round) {
        std::shuffle(all.begin(), all.end(), random);
        EventSet events;
        for (std::size_t i = 0; i < static_cast<std::size_t>(round) % (all.size() + 1); ++i)
            events.add(all[i]);
        BOOST_TEST(takes("events", to_json_text(events)));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
