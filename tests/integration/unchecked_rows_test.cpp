// A database whose tables hold nothing to the form that the program reads, as older ones did.

#include "migrations/migrations.hpp"
#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/http_client.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::test {

namespace {

/// With one app, its key, a webhook that is sound and one whose events are nonsense.
struct Unchecked : AppFolder {
    std::string sound = only_line(succeed(webhook_with_token("a")));
    std::string broken = only_line(succeed(webhook_with_token("b")));
    std::string token = only_line(succeed({"token", "create", "--app", "54e9ujn"}));

    Unchecked() {
        SQLite::Database older(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        older.exec(std::string(storage::embedded_migrations()[0].sql));
        SQLite::Database file(database().string(), SQLite::OPEN_READWRITE);
        for (const std::string table : {"webhooks", "api_tokens"}) {
            auto sql = older
                           .execAndGet("SELECT replace(sql, 'CREATE TABLE " + table +
                                       "', 'CREATE TABLE older') "
                                       "FROM sqlite_schema WHERE name = '" +
                                       table + "'")
                           .getString();
            for (auto at = sql.find("CHECK (json_type"); at != std::string::npos; at = std::string::npos)
                sql.erase(at, sql.find("'array')", at) + 8 - at);
            file.exec("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; BEGIN; " + sql +
                      "; INSERT INTO older SELECT * FROM " + table + "; DROP TABLE " + table +
                      "; ALTER TABLE older RENAME TO " + table + "; COMMIT");
        }
        file.exec(R"(UPDATE webhooks SET events = '["nope"]' WHERE id = ')" + broken + "'");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(unchecked_rows_test, Unchecked)

BOOST_AUTO_TEST_CASE(the_api_lists_what_can_be_read_and_names_the_rest_in_the_log) {
    const Daemon daemon(path());
    const auto get = [&](const std::string& more, const std::string& key) {
        return HttpClient(daemon.port())
            .request("GET", "/v2/session/apps/54e9ujn/webhooks" + more, {key, {}, {}});
    };
    const auto listed = get("", token);
    BOOST_TEST(listed.status == 200);
    BOOST_TEST_REQUIRE(listed.body.at("webhooks").as_array().size() == 1U);
    BOOST_TEST(listed.body.at("webhooks").as_array()[0].at("id").as_string() == sound);
    BOOST_TEST(get("/" + sound, token).status == 200);
    BOOST_TEST(get("/" + broken, token).code() == "internal");
    BOOST_TEST(holds(daemon.log(), "row " + broken + " of webhooks: events holds"), daemon.log());

    const auto other = only_line(succeed({"token", "create", "--app", "54e9ujn"}));
    SQLite::Database(database().string(), SQLite::OPEN_READWRITE, 5'000)
        .exec("UPDATE api_tokens SET expires_at = datetime('now', '+1 hour') WHERE number = 1");
    BOOST_TEST(get("", token).code() == "invalid_api_token");
    BOOST_TEST(get("", other).status == 200);
}

BOOST_AUTO_TEST_CASE(a_list_on_the_command_line_prints_what_can_be_read_and_fails) {
    const auto outcome = run({"webhook", "list", "--app", "54e9ujn"});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(holds(outcome.out, sound), outcome.out);
    BOOST_TEST(!holds(outcome.out, broken), outcome.out);
    BOOST_TEST(holds(only_line(outcome.err), "row " + broken + " of webhooks: events holds"), outcome.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
