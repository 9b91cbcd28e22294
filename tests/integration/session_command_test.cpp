// The subcommands that administer sessions and scopes.

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
    /// `TOPIC NAME --app 54e9ujn …`
    static Arguments command(const std::string& topic, const std::string& name, const Arguments& more = {}) {
        Arguments all{topic, name, "--app", "54e9ujn"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    /// The id of a new one.
    std::string user = only_line(succeed(command("user", "create", {"--email-address", "ada@example.com"})));

    [[nodiscard]] std::string session(const Arguments& more = {}) const {
        Arguments all = command("session", "create", {user, "--email-address", "ada@example.com"});
        all.insert(all.end(), more.begin(), more.end());
        return only_line(succeed(all));
    }

    [[nodiscard]] std::string ask(const std::string& sql) const {
        const SQLite::Database file(database().string(), SQLite::OPEN_READWRITE, 5'000);
        SQLite::Statement rows(file, sql);
        std::string answer;
        while (rows.executeStep())
            answer += rows.getColumn(0).getString() + ";";
        return answer;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_command_test, Folder)

BOOST_AUTO_TEST_CASE(sessions_are_created_listed_and_revoked) {
    write("metadata.json", R"({ "device": "phone" })");
    const auto first = session({"--metadata", "@metadata.json", "--correlation-id", "call-1"});
    BOOST_TEST(first.starts_with("ses_"));
    BOOST_TEST(ask("SELECT metadata FROM user_sessions") == R"({"device":"phone"};)");
    const auto second = session();
    const auto listed = print_json(command("session", "list", {user})).as_array();
    BOOST_TEST_REQUIRE(listed.size() == 2U);
    BOOST_TEST(listed[0].at("id").as_string() == second);
    BOOST_TEST(listed[1].at("id").as_string() == first);
    BOOST_TEST(listed[1].at("last_seen_at") == listed[1].at("created_at"));
    BOOST_TEST(holds(succeed(command("session", "list", {user})), "LAST SEEN AT"));

    BOOST_TEST(succeed(command("session", "revoke", {user, first})) == "");
    const auto third = session();
    BOOST_TEST(succeed(command("session", "revoke-all", {user, "--correlation-id", "call-2"})) == "");
    BOOST_TEST(print_json(command("session", "list", {user})).as_array().empty());
    BOOST_TEST(
        ask("SELECT type || ifnull(correlation_id, '') FROM events WHERE number > 1 ORDER BY number") ==
        "user.session.createdcall-1;user.session.created;user.session.revoked;user.session.created;"
        "user.session.revokedcall-2;user.session.revokedcall-2;");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_session_is_told) {
    const auto create = [&](const Arguments& more) { return command("session", "create", more); };
    BOOST_TEST(holds(fail(create({user, "--email-address", "bob@example.com"})),
                     "identifier: found one that the user does not have"));
    BOOST_TEST(
        holds(fail(create({user, "--email-address", "ada@example.com", "--metadata", "-"}), R"({"a":1})"),
              R"(metadata."a": found a number, expected a text.)"));
    BOOST_TEST(
        holds(fail(create({"usr_0", "--email-address", "ada@example.com"})), "The user was not found"));
    BOOST_TEST(holds(fail(command("session", "list", {"usr_0"})), "The user was not found"));
    BOOST_TEST(holds(fail(command("session", "revoke", {user, "ses_0"})), "The user has no such session"));
    BOOST_TEST(holds(fail({"session", "list", "--app", "zzzzzzz", user}), "there is no app"));
    misuse(create({user}));
    misuse(command("session", "revoke", {user}));
    succeed({"user", "set-status", "--app", "54e9ujn", user, "blocked"});
    BOOST_TEST(holds(fail(create({user, "--email-address", "ada@example.com"})), "The user is blocked"));
    succeed({"app", "disable-sessions", "54e9ujn"});
    BOOST_TEST(holds(fail(command("session", "revoke-all", {user})), "disabled"));
}

BOOST_AUTO_TEST_CASE(a_list_leaves_out_what_cannot_be_read_and_fails) {
    const auto broken = session();
    const auto sound = session();
    SQLite::Database(database().string(), SQLite::OPEN_READWRITE)
        .exec("PRAGMA ignore_check_constraints = ON; UPDATE user_sessions SET created_at = 'x' WHERE id = '" +
              broken + "'");
    const auto outcome = run(command("session", "list", {user, "--json"}));
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(holds(outcome.out, sound));
    BOOST_TEST(holds(outcome.err, "left out: row " + broken + " of user_sessions"));
}

BOOST_AUTO_TEST_CASE(scopes_are_added_listed_and_removed) {
    const auto scopes = [&](const std::string& name, const Arguments& more = {}) {
        std::string all;
        const auto printed = print_json(command("scope", name, more));
        for (const auto& row : printed.as_array())
            all += std::string(row.at("scope").as_string()) + ";";
        return all;
    };
    BOOST_TEST(scopes("list") == "");
    BOOST_TEST(scopes("add", {"write"}) == "write;");
    BOOST_TEST(scopes("add", {"read"}) == "write;read;");
    BOOST_TEST(scopes("remove", {"write"}) == "read;");
    BOOST_TEST(scopes("list") == "read;");
    BOOST_TEST(holds(fail(command("scope", "add", {"read"})), "scope: found one that the app has"));
    BOOST_TEST(holds(fail(command("scope", "add", {"a b"})), "expected a text of 1 to 64 letters"));
    BOOST_TEST(holds(fail(command("scope", "remove", {"write"})), "The app has no such scope"));
    BOOST_TEST(holds(fail({"scope", "list", "--app", "zzzzzzz"}), "there is no app"));

    const auto added = print_json(command("user", "add-scope", {user, "read"}));
    BOOST_TEST(added.at("scopes") == json::array{"read"});
    BOOST_TEST(added == print_json(command("user", "show", {user})));
    const auto removed = print_json(command("user", "remove-scope", {user, "read"}));
    BOOST_TEST(removed.at("scopes") == json::array{});
    BOOST_TEST(holds(fail(command("user", "add-scope", {user, "write"})), "The app has no such scope"));
    BOOST_TEST(
        holds(fail(command("user", "add-scope", {user, "a b"})), "expected a text of 1 to 64 letters"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
