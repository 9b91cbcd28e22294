// The subcommands that administer users.

#include "tests/support/command_folder.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::test {

namespace json = boost::json;

namespace {

struct Folder : AppFolder {
    /// `user NAME --app 54e9ujn …`
    static Arguments user(const std::string& name, const Arguments& more = {}) {
        Arguments all{"user", name, "--app", "54e9ujn"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    /// The id of a new one.
    std::string created(const Arguments& more = {"--email-address", "Ada@example.com"}) const {
        return only_line(succeed(user("create", more)));
    }

    /// A field of what a change prints, which has to be what `show` prints afterwards.
    [[nodiscard]] json::value after(const std::string& field, const std::string& id,
                                    const Arguments& change) const {
        const auto printed = print_json(change);
        BOOST_TEST(printed == print_json(user("show", {id})));
        return printed.at(field);
    }

    [[nodiscard]] std::string ask(const std::string& sql) const {
        const SQLite::Database file(database().string(), SQLite::OPEN_READWRITE);
        SQLite::Statement rows(file, sql);
        std::string answer;
        while (rows.executeStep())
            answer += rows.getColumn(0).getString() + ";";
        return answer;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(user_command_test, Folder)

BOOST_AUTO_TEST_CASE(a_user_is_created_and_shown) {
    write("profile.json", R"({ "name": "Ada" })");
    const auto id = created({"--email-address", "Ada@example.com", "--phone-number", "+4915123456789",
                             "--profile", "@profile.json", "--id", "01890a5d-ac96-774b-bcce-b302099a8057",
                             "--external-id", "c-1", "--correlation-id", "call-1"});
    BOOST_TEST(id == "usr_01h455vb4pex5vsknk084sn02q");
    const auto shown = print_json(user("show", {id}));
    BOOST_TEST(shown.at("external_id") == "c-1");
    BOOST_TEST(shown.at("status") == "active");
    BOOST_TEST(shown.at("identifiers") == (json::array{"ada@example.com", "+4915123456789"}));
    BOOST_TEST(shown.at("profile") == json::parse(R"({"name":"Ada"})"));
    BOOST_TEST(holds(succeed(user("show", {id})), "ada@example.com, +4915123456789"));
    BOOST_TEST(ask("SELECT type || correlation_id || user_id FROM events") ==
               "user.createdcall-1" + id + ";");
}

BOOST_AUTO_TEST_CASE(a_profile_is_printed_as_it_is_kept) {
    write("profile.json", R"({"balance": 12345678901234567890.10, "big": 1e999})");
    const auto id = created({"--email-address", "Ada@example.com", "--profile", "@profile.json"});
    const std::string profile = R"({"balance":12345678901234567890.10,"big":1e999})";
    for (const auto& command : {user("show", {id, "--json"}), user("list", {"--json"}),
                                user("set-status", {id, "active", "--json"})})
        BOOST_TEST(holds(only_line(succeed(command)), R"("profile":)" + profile + ","));
    BOOST_TEST(holds(succeed(user("show", {id})), profile));
    SQLite::Database(database().string(), SQLite::OPEN_READWRITE)
        .exec("UPDATE users SET profile = '{\"by\":' || char(10) || '\"hand\"}'");
    BOOST_TEST(holds(only_line(succeed(user("show", {id, "--json"}))), R"("profile":{"by":"hand"},)"));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_user_is_told_at_once) {
    BOOST_TEST(
        holds(fail(user("create", {"--phone-number", "0151", "--id", "x"})),
              "identifiers[0].value: found a text of 4 bytes that is no phone number, expected + and 7 to 15 "
              "digits. id: found \"x\", expected a UUID"));
    BOOST_TEST(holds(fail(user("create", {"--email-address", "a@b", "--profile", "-"}), "{"),
                     "the profile in standard input is not JSON"));
    misuse(user("create"));
    misuse({"user", "create", "--email-address", "a@b"});
    created();
    BOOST_TEST(holds(fail(user("create", {"--email-address", "ada@example.com"})),
                     "Another user of the app has this email_address"));
    BOOST_TEST(
        holds(fail({"user", "create", "--app", "zzzzzzz", "--email-address", "a@b"}), "there is no app"));
    BOOST_TEST(ask("SELECT type FROM events") == "user.created;");
}

BOOST_AUTO_TEST_CASE(users_are_listed_in_pages_and_found) {
    const auto first = created();
    const auto second = created({"--phone-number", "+4915123456789", "--external-id", "c-2"});
    const auto page = run(user("list", {"--limit", "1", "--json"}));
    BOOST_TEST(json::parse(page.out).at(0).at("id") == json::value(second));
    BOOST_TEST_REQUIRE(holds(page.err, "--cursor "));
    const auto cursor = page.err.substr(page.err.find("--cursor ") + 9, 11);
    BOOST_TEST(only_item(user("list", {"--cursor", cursor})).at("id") == json::value(first));
    BOOST_TEST(only_item(user("list", {"--email-address", "ADA@example.com"})).at("id") ==
               json::value(first));
    BOOST_TEST(only_item(user("list", {"--external-id", "c-2"})).at("id") == json::value(second));
    BOOST_TEST(print_json(user("list", {"--phone-number", "+1234567"})) == json::array());
    misuse(user("list", {"--email-address", "a@b", "--phone-number", "+1234567"}));
    misuse(user("list", {"--email-address", "a@b", "--email-address", "c@d"}));
    BOOST_TEST(holds(fail(user("list", {"--limit", "0"})), "limit: found"));
}

BOOST_AUTO_TEST_CASE(a_row_that_cannot_be_read_is_left_out_of_a_list) {
    const auto broken = created();
    const auto sound = created({"--phone-number", "+4915123456789"});
    SQLite::Database(database().string(), SQLite::OPEN_READWRITE)
        .exec("PRAGMA ignore_check_constraints = ON; UPDATE users SET status = 'gone' WHERE id = '" + broken +
              "'");
    const auto outcome = run(user("list"));
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(holds(outcome.out, sound));
    BOOST_TEST(holds(only_line(outcome.err), "left out: row " + broken + " of users: status holds gone"));
}

BOOST_AUTO_TEST_CASE(a_user_is_changed_and_printed_as_they_are_then) {
    const auto id = created();
    write("patch.json", R"({"name":"Ada"})");
    BOOST_TEST(after("profile", id, user("update-profile", {id, "--patch", "@patch.json"})) ==
               json::parse(R"({"name":"Ada"})"));
    BOOST_TEST(after("status", id, user("set-status", {id, "blocked"})) == "blocked");
    BOOST_TEST(after("external_id", id, user("set-external-id", {id, "c-1"})) == "c-1");
    BOOST_TEST(after("identifiers", id, user("add-identifier", {id, "--phone-number", "+4915123456789"})) ==
               (json::array{"ada@example.com", "+4915123456789"}));
    BOOST_TEST(
        after("identifiers", id, user("remove-identifier", {id, "--email-address", "ada@example.com"})) ==
        json::array{"+4915123456789"});
    BOOST_TEST(holds(fail(user("remove-identifier", {id, "--phone-number", "+4915123456789"})), "last one"));
    BOOST_TEST(ask("SELECT type FROM events") ==
               "user.created;user.profile.updated;user.identifier.created;user.identifier.deleted;");
    misuse(user("set-status", {id, "gone"}));
    misuse(user("add-identifier", {id}));
    BOOST_TEST(holds(fail(user("set-status", {"usr_nothing", "active"})), "The user was not found."));
}

BOOST_AUTO_TEST_CASE(a_user_is_deleted_once_that_is_confirmed) {
    const auto id = created();
    BOOST_TEST(holds(misuse(user("delete", {id})), "--yes"));
    succeed(user("delete", {id, "--yes", "--correlation-id", "call-2"}));
    BOOST_TEST(holds(fail(user("show", {id})), "The user was not found."));
    BOOST_TEST(ask("SELECT coalesce(correlation_id, '') || type FROM events") ==
               "user.created;call-2user.deleted;");
}

BOOST_AUTO_TEST_CASE(the_users_of_a_disabled_app_are_shown_and_not_changed) {
    const auto id = created();
    succeed({"app", "disable-sessions", "54e9ujn"});
    BOOST_TEST(only_item(user("list")).at("id") == json::value(id));
    for (const auto& change : {user("set-status", {id, "blocked"}), user("delete", {id, "--yes"}),
                               user("create", {"--phone-number", "+4915123456789"})})
        BOOST_TEST(holds(fail(change), "disabled"));
    BOOST_TEST(ask("SELECT type FROM events") == "user.created;");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
