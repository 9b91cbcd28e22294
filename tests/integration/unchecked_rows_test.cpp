// A database whose tables hold nothing to the form that the program reads, as older ones did.

#include "migrations/migrations.hpp"
#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/http_client.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>

namespace gateway::test {

namespace {

/// The definition of a table without the rules for its columns.
std::string without_checks(std::string sql) {
    constexpr std::string_view rule = "CHECK (";
    for (auto at = sql.find(rule); at != std::string::npos; at = sql.find(rule)) {
        auto end = at + rule.size();
        for (int open = 1; open > 0; ++end)
            open += sql.at(end) == '(' ? 1 : sql.at(end) == ')' ? -1 : 0;
        sql.erase(at, end - at);
    }
    return sql;
}

/// With one app, its key, a webhook that is sound and one whose events are nonsense.
struct Unchecked : AppFolder {
    std::string sound = only_line(succeed(webhook_with_token("a")));
    std::string broken = only_line(succeed(webhook_with_token("b")));
    std::string token = only_line(succeed({"token", "create", "--app", "54e9ujn"}));

    Unchecked() {
        SQLite::Database file(database().string(), SQLite::OPEN_READWRITE);
        for (const std::string table : {"webhooks", "api_tokens"}) {
            const auto checked =
                file.execAndGet("SELECT sql FROM sqlite_schema WHERE name = '" + table + "'").getString();
            file.exec(
                "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; BEGIN; CREATE TABLE unchecked " +
                without_checks(checked.substr(checked.find('('))) + "; INSERT INTO unchecked SELECT * FROM " +
                table + "; DROP TABLE " + table + "; ALTER TABLE unchecked RENAME TO " + table + "; COMMIT");
        }
        file.exec(R"(UPDATE webhooks SET events = '["nope"]' WHERE id = ')" + broken + "'");
    }

    /// Runs SQL that the rules of the tables do not hold back.
    void tamper(const std::string& sql) const {
        SQLite::Database(database().string(), SQLite::OPEN_READWRITE)
            .exec("PRAGMA ignore_check_constraints = ON; " + sql);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(unchecked_rows_test, Unchecked)

BOOST_AUTO_TEST_CASE(the_api_lists_what_can_be_read_and_names_the_rest_in_the_log) {
    Daemon daemon(path());
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

    const auto other = only_line(succeed({"token", "create", "--app", "54e9ujn"}));
    SQLite::Database(database().string(), SQLite::OPEN_READWRITE, 5'000)
        .exec("UPDATE api_tokens SET expires_at = datetime('now', '+1 hour') WHERE number = 1");
    BOOST_TEST(get("", token).code() == "invalid_api_token");
    BOOST_TEST(get("", other).status == 200);

    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);  // all of its log is written then
    BOOST_TEST(holds(daemon.log(), "row " + broken + " of webhooks: events holds"), daemon.log());
}

BOOST_AUTO_TEST_CASE(a_list_on_the_command_line_prints_what_can_be_read_and_fails) {
    const auto outcome = run({"webhook", "list", "--app", "54e9ujn"});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(holds(outcome.out, sound), outcome.out);
    BOOST_TEST(!holds(outcome.out, broken), outcome.out);
    BOOST_TEST(holds(only_line(outcome.err), "row " + broken + " of webhooks: events holds"), outcome.err);
    BOOST_TEST(holds(fail({"webhook", "show", broken}), "row " + broken + " of webhooks: events holds"));
}

BOOST_AUTO_TEST_CASE(what_a_row_holds_does_not_reach_the_terminal_as_it_is) {
    tamper("UPDATE webhooks SET events = char(27) || '[2J' || char(10) || 'x' WHERE id = '" + broken + "'");
    const auto shown = R"(events holds \x1b[2J\x0ax where)";
    const auto webhooks = run({"webhook", "list", "--app", "54e9ujn"});
    BOOST_TEST(holds(only_line(webhooks.err), shown), webhooks.err);
    BOOST_TEST(holds(fail({"webhook", "show", broken}), R"(events holds \x1b[2J x where)"));

    tamper("UPDATE apps SET mode = char(27) || '[2J'");
    const auto apps = run({"app", "list"});
    BOOST_TEST(apps.status == 1);
    BOOST_TEST(holds(only_line(apps.err), R"(left out: row 54e9ujn of apps: mode holds \x1b[2J where)"),
               apps.err);
    BOOST_TEST(holds(fail({"app", "show", "54e9ujn"}), R"(mode holds \x1b[2J where)"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_deleted_on_the_command_line) {
    succeed({"webhook", "delete", broken, "--yes"});
    BOOST_TEST(holds(fail({"webhook", "delete", broken, "--yes"}), "there is no webhook"));
    BOOST_TEST(holds(succeed({"webhook", "list", "--app", "54e9ujn"}), sound));
}

BOOST_AUTO_TEST_CASE(an_app_is_changed_and_deleted_with_all_that_cannot_be_read) {
    tamper("UPDATE apps SET created_at = 'long ago'");
    tamper("UPDATE webhooks SET active = 1");
    succeed({"app", "set-mode", "54e9ujn", "dev"});
    succeed({"app", "set-mode", "54e9ujn", "prod"});
    BOOST_TEST(print_json({"webhook", "show", sound}).at("active").as_bool());
    tamper("UPDATE webhooks SET events = '[]' WHERE id = '" + broken + "'");
    BOOST_TEST(!print_json({"webhook", "show", broken}).at("active").as_bool());

    tamper("UPDATE webhooks SET events = '[\"nope\"]' WHERE id = '" + broken + "'");
    succeed({"app", "disable-sessions", "54e9ujn"});
    BOOST_TEST(succeed({"app", "delete", "54e9ujn", "--yes"}) ==
               "deleted app 54e9ujn (webhooks: 2, API tokens: 1)\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
