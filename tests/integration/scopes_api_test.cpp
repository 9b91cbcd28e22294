// Each status and code of the operations on scopes, over HTTP.

#include "tests/support/test_server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::test {

namespace {

struct Fixture : TestApi {
    Answer call(const std::string& method, const std::string& path,
                const std::optional<std::string>& body = {}) {
        return client.request(method, "/v2/session/apps/" + app + path, {token.text, body, {}});
    }

    Answer scopes(const std::string& method, const std::string& scope) {
        return call(method, "/config/scopes", R"({"scope":")" + scope + R"("})");
    }

    /// The path of a new one.
    std::string created_user() {
        const auto answer =
            call("POST", "/users", R"({"identifiers":[{"type":"phone_number","value":"+4915123456789"}]})");
        return "/users/" + std::string(answer.body.at("id").as_string());
    }

    std::string scopes_of(const std::string& user) {
        return boost::json::serialize(call("GET", user).body.at("user").at("scopes"));
    }

    static void check(const Answer& answer, const int status, const std::string& code) {
        BOOST_TEST(answer.status == status, answer.text);
        BOOST_TEST(answer.code() == code);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(scopes_api_test, Fixture)

BOOST_AUTO_TEST_CASE(scopes_are_added_listed_and_removed) {
    const auto added = scopes("POST", "orders:read");
    BOOST_TEST(added.status == 201);
    BOOST_TEST(added.text == R"({"scopes":["orders:read"]})");
    scopes("POST", "admin");
    const auto listed = call("GET", "/config/scopes");
    BOOST_TEST(listed.status == 200);
    BOOST_TEST(listed.text == R"({"scopes":["orders:read","admin"]})");
    const auto removed = scopes("DELETE", "orders:read");
    BOOST_TEST(removed.status == 200);
    BOOST_TEST(removed.text == R"({"scopes":["admin"]})");

    const auto twice = scopes("POST", "admin");
    check(twice, 409, "scope_already_exists");
    BOOST_TEST(twice.body.at("status").as_string() == "conflict");
    check(scopes("DELETE", "orders:read"), 404, "scope_not_found");
    for (const std::string method : {"POST", "DELETE"}) {
        check(scopes(method, "not ok"), 400, "invalid_request");
        check(scopes(method, "prld:x"), 400, "invalid_request");
        check(call(method, "/config/scopes", "{}"), 400, "invalid_request");
    }
    BOOST_TEST(server.ask("SELECT count(*) FROM events") == "0");
}

BOOST_AUTO_TEST_CASE(a_user_has_scopes_of_the_app) {
    scopes("POST", "read");
    scopes("POST", "write");
    const auto user = created_user();
    const auto change = [&](const std::string& method, const std::string& scope) {
        return call(method, user + "/scopes", R"({"scope":")" + scope + R"("})");
    };
    const auto given = change("POST", "write");
    BOOST_TEST(given.status == 200);
    BOOST_TEST(given.text == R"({"success":true})");
    change("POST", "read");
    BOOST_TEST(change("POST", "read").status == 200);
    BOOST_TEST(scopes_of(user) == R"(["read","write"])");
    const auto taken = change("DELETE", "write");
    BOOST_TEST(taken.status == 200);
    BOOST_TEST(taken.text == R"({"success":true})");
    BOOST_TEST(change("DELETE", "write").status == 200);
    BOOST_TEST(scopes_of(user) == R"(["read"])");
    scopes("DELETE", "read");
    BOOST_TEST(scopes_of(user) == "[]");

    for (const std::string method : {"POST", "DELETE"}) {
        check(change(method, "read"), 404, "scope_not_found");
        check(change(method, "not ok"), 400, "invalid_request");
        check(call(method, user + "/scopes", "{}"), 400, "invalid_request");
        check(call(method, "/users/usr_nothing/scopes", R"({"scope":"write"})"), 404, "user_not_found");
    }
    BOOST_TEST(server.ask("SELECT type FROM events") == "user.created");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
