// Each status, code and event of the operations on users, over HTTP.

#include "tests/support/test_server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

namespace gateway::test {

namespace {

const std::string ada = R"({"type":"email_address","value":"ada@example.com"})";
const std::string phone = R"({"type":"phone_number","value":"+4915123456789"})";

struct Fixture : TestApi {
    [[nodiscard]] std::string path(const std::string& rest = "") const {
        return "/v2/session/apps/" + app + "/users" + rest;
    }

    Answer call(const std::string& method, const std::string& rest,
                const std::optional<std::string>& body = {}, const Headers& headers = {}) {
        return client.request(method, path(rest), {token.text, body, headers});
    }

    Answer create(const std::string& identifiers = ada, const std::string& rest = "") {
        return call("POST", "", R"({"identifiers":[)" + identifiers + "]" + rest + "}");
    }

    /// The id of a new one.
    std::string created(const std::string& identifiers = ada, const std::string& rest = "") {
        const auto answer = create(identifiers, rest);
        BOOST_TEST_REQUIRE(answer.status == 201);
        return answer.body.at("id").as_string().c_str();
    }

    /// The ids in an answer's list of users.
    static std::vector<std::string> ids(const Answer& answer) {
        BOOST_TEST_REQUIRE(answer.status == 200);
        std::vector<std::string> ids;
        for (const auto& user : answer.body.at("users").as_array())
            ids.emplace_back(user.at("id").as_string());
        return ids;
    }

    /// The types of all events, oldest first.
    [[nodiscard]] std::string events() const { return server.ask("SELECT type FROM events ORDER BY number"); }

    static void check(const Answer& answer, const int status, const std::string& code = "") {
        BOOST_TEST(answer.status == status, answer.text);
        BOOST_TEST(answer.code() == code);
    }
};

using Ids = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(users_api_test, Fixture)

BOOST_AUTO_TEST_CASE(a_user_is_created_and_got) {
    const auto answer =
        create(R"({"type":"email_address","value":"Ada@Example.com"},)" + phone,
               R"(,"profile":{"n":1.50},"external_id":"c-1","id":"01890A5D-ac96-774b-bcce-b302099a8057")");
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(answer.text == R"({"id":"usr_01h455vb4pex5vsknk084sn02q"})");
    const auto got = call("GET", "/usr_01h455vb4pex5vsknk084sn02q");
    BOOST_TEST(got.status == 200);
    BOOST_TEST(got.text ==
               R"({"user":{"id":"usr_01h455vb4pex5vsknk084sn02q","external_id":"c-1","status":"active",)"
               R"("identifiers":[)" +
                   ada + "," + phone +
                   R"(],"profile":{"n":1.50},"scopes":[],)"
                   R"("created_at":"2025-03-15T12:00:00.000Z","updated_at":"2025-03-15T12:00:00.000Z"}})");
    BOOST_TEST(server.ask("SELECT type, payload FROM events") ==
               R"(user.created|{"user_id":"usr_01h455vb4pex5vsknk084sn02q","identifiers":[)" + ada + "," +
                   phone +
                   R"(],"profile":{"n":1.50},"source":"api","created_at":"2025-03-15T12:00:00.000Z"})");
    check(call("GET", "/usr_nothing"), 404, "user_not_found");
}

BOOST_AUTO_TEST_CASE(a_call_says_what_its_events_belong_to) {
    const Headers header{{"X-Correlation-Id", "call-7"}};
    const auto id =
        std::string(call("POST", "", R"({"identifiers":[)" + ada + R"(],"correlation_id":"inside"})", header)
                        .body.at("id")
                        .as_string());
    BOOST_TEST(call("PATCH", "/" + id + "/profile", R"({"correlation_id":"a word of the profile"})", header)
                   .status == 204);
    call("POST", "/" + id + "/identifiers", R"({"identifier":)" + phone + "}", header);
    call("DELETE", "/" + id + "/identifiers", R"({"identifier":)" + phone + "}", header);
    call("DELETE", "/" + id, {}, header);
    BOOST_TEST(
        server.ask("SELECT DISTINCT correlation_id, json_extract(payload, '$.correlation_id') FROM events") ==
        "call-7|call-7");
    BOOST_TEST(server.ask("SELECT count(*) FROM events") == "5");
    const auto bad = call("DELETE", "/" + id, {}, {{"X-Correlation-Id", "a b"}});
    check(bad, 400, "invalid_request");
    BOOST_TEST(bad.message() ==
               R"(correlation_id: found "a b", expected a text of 1 to 64 visible characters.)");
}

BOOST_AUTO_TEST_CASE(bad_bodies_are_told_as_a_whole) {
    const auto answer = call(
        "POST", "", R"({"identifiers":[{"type":"phone_number","value":"+49 CALL"}],"profile":1,"id":"x"})");
    check(answer, 400, "invalid_request");
    BOOST_TEST(
        answer.message() ==
        "identifiers[0].value: found a text of 8 bytes that is no phone number, expected + and 7 to 15 "
        "digits. profile: found a number, expected a JSON object. "
        R"(id: found "x", expected a UUID like 0195c8b8-0b26-7845-982f-ebc9ed9be7f1.)");
    check(create(ada, R"(,"profile":{"a":")" + std::string(16'377, 'x') + R"("})"), 400, "invalid_request");
    const auto lone = create(ada, R"(,"profile":{"a":"\ud800"})");
    check(lone, 400, "invalid_request");
    BOOST_TEST(events() == "");
}

BOOST_AUTO_TEST_CASE(what_another_user_of_the_app_has_is_a_conflict) {
    const std::string uuid = R"(,"id":"01890a5d-ac96-774b-bcce-b302099a8057")";
    created(ada, uuid + R"(,"external_id":"c")");
    const auto other = created(phone);
    check(create(R"({"type":"phone_number","value":"+1234567"})", uuid), 409, "user_already_exists");
    check(create(ada), 409, "identifier_already_exists");
    check(create(R"({"type":"phone_number","value":"+1234567"})", R"(,"external_id":"c")"), 409,
          "external_id_already_exists");
    check(call("PUT", "/" + other + "/external_id", R"({"external_id":"c"})"), 409,
          "external_id_already_exists");
    const auto taken = call("POST", "/" + other + "/identifiers", R"({"identifier":)" + ada + "}");
    check(taken, 409, "identifier_already_exists");
    BOOST_TEST(taken.body.at("status").as_string() == "conflict");
    BOOST_TEST(taken.text.find("usr_") == std::string::npos);
    BOOST_TEST(taken.text.find("ada") == std::string::npos);
    BOOST_TEST(events() == "user.created\nuser.created");
}

BOOST_AUTO_TEST_CASE(of_calls_that_race_for_an_identifier_one_creates_a_user) {
    constexpr int callers = 8;
    std::vector<int> statuses(callers);
    std::vector<std::thread> threads;
    threads.reserve(callers);
    for (auto& status : statuses) {
        threads.emplace_back([&] {
            status =
                server.request("POST", path(), {token.text, R"({"identifiers":[)" + ada + "]}", {}}).status;
        });
    }
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(std::ranges::count(statuses, 201) == 1);
    BOOST_TEST(std::ranges::count(statuses, 409) == callers - 1);
    BOOST_TEST(events() == "user.created");
}

BOOST_AUTO_TEST_CASE(users_are_listed_newest_first_in_pages) {
    Ids newest_first;
    for (int i = 0; i < 5; ++i)
        newest_first.insert(newest_first.begin(), created(R"({"type":"phone_number","value":"+123456)" +
                                                          std::to_string(i) + R"("})"));
    Ids listed;
    std::string cursor;
    do {
        const auto answer = call("GET", "?limit=2" + cursor);
        for (const auto& id : ids(answer))
            listed.push_back(id);
        const auto* const next = answer.body.as_object().if_contains("next_cursor");
        cursor = next ? "&cursor=" + std::string(next->as_string()) : "";
    } while (!cursor.empty());
    BOOST_TEST(listed == newest_first, boost::test_tools::per_element());
    BOOST_TEST(call("GET", "").text.find("next_cursor") == std::string::npos);
    check(call("GET", "?limit=0&cursor=!"), 400, "invalid_request");
}

BOOST_AUTO_TEST_CASE(a_user_is_found_by_what_they_have) {
    const auto id = created(ada, R"(,"external_id":"c 1")");
    created(phone);
    BOOST_TEST(ids(call("GET", "?identifier_type=email_address&identifier_value=ADA%40example.com")) ==
               Ids{id});
    BOOST_TEST(ids(call("GET", "?external_id=c+1")) == Ids{id});
    BOOST_TEST(ids(call("GET", "?external_id=c2")).empty());
    BOOST_TEST(ids(call("GET", "?identifier_type=phone_number&identifier_value=%2B1234567")).empty());
    for (const std::string query :
         {"?identifier_type=email_address", "?identifier_value=a%40b",
          "?identifier_type=fax&identifier_value=1", "?identifier_type=phone_number&identifier_value=1",
          "?external_id=", "?identifier_type=email_address&identifier_value=a%40b&external_id=c"})
        check(call("GET", query), 400, "invalid_request");
}

BOOST_AUTO_TEST_CASE(many_users_are_looked_up_at_once) {
    const auto first = created(ada, R"(,"external_id":"c-1")");
    const auto second =
        created(phone + R"(,{"type":"email_address","value":"bob@example.com"})", R"(,"external_id":"c-2")");
    const auto look_up = [&](const std::string& body) { return call("POST", "/batch_lookup", body); };
    BOOST_TEST(ids(look_up(R"({"external_ids":["c-2","nobody","c-1","c-2"]})")) == (Ids{second, first}));
    BOOST_TEST(ids(look_up(R"({"emails":["Ada@example.com","bob@example.com","eve@example.com"]})")) ==
               (Ids{first, second}));
    BOOST_TEST(ids(look_up(R"({"emails":[]})")).empty());
    std::string many = R"({"external_ids":["0")";
    for (int i = 1; i < 100; ++i)
        many += ",\"" + std::to_string(i) + '"';
    BOOST_TEST(ids(look_up(many + "]}")).empty());
    for (const std::string& body :
         {std::string("{}"), std::string(R"({"emails":[],"external_ids":[]})"),
          std::string(R"({"emails":"ada@example.com"})"), std::string(R"({"emails":["ada"]})"),
          std::string(R"({"external_ids":[1]})"), many + R"(,"100"]})"}) {
        const auto answer = look_up(body);
        check(answer, 400, "invalid_request");
        BOOST_TEST(answer.message().find("ada") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_profile_is_patched_by_a_body_that_is_the_patch) {
    const auto id = created(ada, R"(,"profile":{"a":1.0,"b":{"c":2}})");
    const auto patch = [&](const std::string& body) { return call("PATCH", "/" + id + "/profile", body); };
    const auto answer = patch(R"({"b":{"c":null,"d":"x"},"app_id":"not the app"})");
    BOOST_TEST(answer.status == 204);
    BOOST_TEST(answer.text.empty());
    const std::string profile = R"({"a":1.0,"b":{"d":"x"},"app_id":"not the app"})";
    BOOST_TEST(server.ask("SELECT profile FROM users") == profile);
    BOOST_TEST(server.ask("SELECT payload FROM events WHERE number = 2") ==
               R"({"user_id":")" + id + R"(","profile":)" + profile +
                   R"(,"updated_at":"2025-03-15T12:00:00.001Z"})");
    BOOST_TEST(patch("{}").status == 204);
    BOOST_TEST(events() == "user.created\nuser.profile.updated");
    check(patch("[]"), 400, "invalid_request");
    check(patch(""), 400, "invalid_request");
    check(patch("{"), 400, "invalid_request");
    check(patch(R"({"a":1,"a":2})"), 400, "invalid_request");
    check(call("PATCH", "/usr_nothing/profile", "{}"), 404, "user_not_found");
}

BOOST_AUTO_TEST_CASE(a_user_is_blocked_and_let_in_again) {
    const auto id = created();
    server.ask(
        "INSERT INTO user_sessions (user, id, identifier_type, identifier_value, created_at, last_seen_at)"
        " SELECT number, value, 'email_address', '', created_at, created_at"
        " FROM users, json_each('[\"ses_1\",\"ses_2\"]')");
    const auto set = [&](const std::string& status) {
        return call("PUT", "/" + id + "/status", R"({"status":")" + status + R"("})");
    };
    const auto blocked = set("blocked");
    BOOST_TEST(blocked.status == 200);
    BOOST_TEST(blocked.text.empty());
    BOOST_TEST(server.ask("SELECT type, json_extract(payload, '$.session_id') FROM events ORDER BY number") ==
               "user.created|NULL\nuser.session.revoked|ses_1\nuser.session.revoked|ses_2");
    BOOST_TEST(call("GET", "/" + id).body.at("user").at("status").as_string() == "blocked");
    BOOST_TEST(set("active").status == 200);
    BOOST_TEST(call("GET", "/" + id).body.at("user").at("status").as_string() == "active");
    check(set("gone"), 400, "invalid_request");
    check(call("PUT", "/usr_nothing/status", R"({"status":"active"})"), 404, "user_not_found");
}

BOOST_AUTO_TEST_CASE(an_external_id_is_given_and_replaced) {
    const auto id = created();
    const auto set = [&](const std::string& body) { return call("PUT", "/" + id + "/external_id", body); };
    const auto answer = set(R"({"external_id":"c-1"})");
    BOOST_TEST(answer.status == 204);
    BOOST_TEST(answer.text.empty());
    BOOST_TEST(set(R"({"external_id":"c-2"})").status == 204);
    BOOST_TEST(ids(call("GET", "?external_id=c-2")) == Ids{id});
    check(set("{}"), 400, "invalid_request");
    check(call("PUT", "/usr_nothing/external_id", R"({"external_id":"c"})"), 404, "user_not_found");
    BOOST_TEST(events() == "user.created");
}

BOOST_AUTO_TEST_CASE(identifiers_are_added_and_removed) {
    const auto id = created();
    const auto with = [](const std::string& identifier) { return R"({"identifier":)" + identifier + "}"; };
    const std::string rest = "/" + id + "/identifiers";
    const auto added = call("POST", rest, with(phone));
    BOOST_TEST(added.status == 201);
    BOOST_TEST(added.text.empty());
    BOOST_TEST(call("POST", rest, with(phone)).status == 201);
    const auto removed = call("DELETE", rest, with(R"({"type":"email_address","value":"ADA@example.com"})"));
    BOOST_TEST(removed.status == 200);
    BOOST_TEST(removed.text.empty());
    BOOST_TEST(call("DELETE", rest, with(ada)).status == 200);
    check(call("DELETE", rest, with(phone)), 400, "invalid_request");
    BOOST_TEST(events() == "user.created\nuser.identifier.created\nuser.identifier.deleted");
    check(call("POST", rest, "{}"), 400, "invalid_request");
    check(call("DELETE", rest, with("1")), 400, "invalid_request");
    check(call("POST", "/usr_nothing/identifiers", with(ada)), 404, "user_not_found");
    check(call("DELETE", "/usr_nothing/identifiers", with(ada)), 404, "user_not_found");
}

BOOST_AUTO_TEST_CASE(whoever_is_deleted_is_gone) {
    const auto id = created();
    const auto answer = call("DELETE", "/" + id);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.text.empty());
    check(call("GET", "/" + id), 404, "user_not_found");
    check(call("DELETE", "/" + id), 404, "user_not_found");
    BOOST_TEST(events() == "user.created\nuser.deleted");
    created();  // with the same address
}

BOOST_AUTO_TEST_CASE(a_change_that_another_process_holds_up_is_not_made) {
    Settings settings;
    settings.database.busy_timeout = std::chrono::milliseconds(1);
    TestApi api(settings);
    const WriteLock lock(api.server.database());
    const auto answer = api.client.request("POST", "/v2/session/apps/" + api.app + "/users",
                                           {api.token.text, R"({"identifiers":[)" + ada + "]}", {}});
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(api.server.ask("SELECT count(*) FROM users") == "0");
}

BOOST_AUTO_TEST_CASE(the_log_holds_nothing_of_a_user_but_their_operation) {
    const auto id = created(ada, R"(,"profile":{"name":"Lovelace"},"external_id":"customer-1")");
    create(ada);
    call("GET", "?identifier_type=email_address&identifier_value=ada%40example.com");
    call("PATCH", "/" + id + "/profile", R"({"name":"Lovelace"})");
    call("POST", "", R"({"identifiers":["ada@example.com"]})");
    const auto log = server.end_and_read_log();
    BOOST_TEST(log.find("createUser") != std::string::npos);
    for (const std::string personal : {"ada", "Lovelace", "customer-1"})
        BOOST_TEST(log.find(personal) == std::string::npos, personal);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
