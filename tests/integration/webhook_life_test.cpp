#include "tests/support/receiver.hpp"
#include "tests/support/test_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// createWebhook, updateWebhook, activateWebhook, deactivateWebhook, removeWebhookEvent, deleteWebhook and the
// modes.

namespace gateway::test {

namespace json = boost::json;

namespace {

Settings loopback_settings() {
    Settings settings;
    settings.webhooks.allow_http = true;
    settings.webhooks.max_per_app = 3;
    settings.delivery.allow_networks = {"127.0.0.0/8"};
    return settings;
}

/// The number that a challenge asks for.
std::string number_in(const std::string& target) {
    const std::string key = "&challenge=";
    const auto begin = target.find(key) + key.size();
    return target.substr(begin, target.find('&', begin) - begin);
}

Reply prove(const ReceivedRequest& request) {
    return answer(200, R"({"challenge":)" + number_in(request.target) + "}");
}

struct Life {
    TestServer server{loopback_settings()};
    std::string app = server.create_app();
    Token token = server.create_token(app);
    HttpClient client = server.connect();
    std::string app_path = "/v2/session/apps/" + app;

    Answer call(const std::string& method, const std::string& path,
                const std::optional<std::string>& body = {}) {
        return client.request(method, app_path + path, {token.text, body, {}});
    }

    Answer create(const std::string& url) {
        const json::object body{
            {"url", url}, {"verification_token", "tök en&"}, {"events", {"user.created"}}};
        return call("POST", "/webhooks", json::serialize(body));
    }

    /// The path of a new webhook of this url.
    std::string path_of(const std::string& url) {
        return "/webhooks/" + std::string(create(url).webhook().at("id").as_string());
    }
};

std::string text(const json::value& value) {
    return json::serialize(value);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(webhook_life_test)

BOOST_FIXTURE_TEST_CASE(a_webhook_lives_from_its_creation_to_its_deletion, Life) {
    const Receiver receiver(prove);
    const auto created = create(receiver.url("/hook?a=b"));
    BOOST_TEST(created.status == 201);
    BOOST_TEST(created.webhook().at("active").as_bool() == false);
    BOOST_TEST(!created.webhook().contains("verification_token"));
    const auto path = "/webhooks/" + std::string(created.webhook().at("id").as_string());

    const auto added = call("POST", path + "/events", R"({"event":"user.deleted"})");
    BOOST_TEST(text(added.webhook().at("events")) == R"(["user.created","user.deleted"])");
    const auto removed = call("DELETE", path + "/events", R"({"event":"user.created"})");
    BOOST_TEST(removed.status == 200);
    BOOST_TEST(text(removed.webhook().at("events")) == R"(["user.deleted"])");
    BOOST_TEST(text(call("DELETE", path + "/events/user.deleted").webhook().at("events")) == "[]");

    const auto activated = call("POST", path + "/activate");
    BOOST_TEST(activated.status == 200, activated.text);
    BOOST_TEST(activated.webhook().at("active").as_bool());
    const auto requests = receiver.requests();
    BOOST_TEST_REQUIRE(requests.size() == 1U);
    const auto expected = "/hook?a=b&event=activate&verification_token=t%C3%B6k%20en%26&challenge=" +
                          number_in(requests[0].target) + "&app_id=" + app;
    BOOST_TEST(requests[0].target == expected);

    BOOST_TEST(call("POST", path + "/activate").webhook() == activated.webhook());
    BOOST_TEST(receiver.requests().size() == 1U);  // it had nothing more to prove

    const auto updated = call("PATCH", path, R"({"url":")" + receiver.url("/other") + R"("})");
    BOOST_TEST(updated.status == 200);
    BOOST_TEST(!updated.webhook().at("active").as_bool());
    BOOST_TEST(call("POST", path + "/activate").webhook().at("active").as_bool());
    BOOST_TEST(!call("PATCH", path, R"({"verification_token":"another"})").webhook().at("active").as_bool());
    BOOST_TEST(call("POST", path + "/activate").webhook().at("active").as_bool());
    BOOST_TEST(!call("POST", path + "/deactivate").webhook().at("active").as_bool());

    const auto deleted = call("DELETE", path);
    BOOST_TEST(deleted.status == 200);
    BOOST_TEST(deleted.text == "");
    BOOST_TEST(call("GET", path).code() == "webhook_not_found");
    BOOST_TEST(server.ask("SELECT outcome FROM webhook_activations") == "succeeded\nsucceeded\nsucceeded");
}

BOOST_FIXTURE_TEST_CASE(an_update_that_changes_nothing_leaves_all_as_it_is, Life) {
    const auto path = path_of("https://shop.example/a");
    const auto before = call("GET", path);
    const auto after = call(
        "PATCH", path,
        R"({"url":"https://shop.example/a","verification_token":"tök en&","events":["user.created","user.created"]})");
    BOOST_TEST(after.status == 200);
    BOOST_TEST(after.webhook() == before.webhook());
}

BOOST_FIXTURE_TEST_CASE(removing_an_event_that_is_not_in_the_set_changes_nothing, Life) {
    const auto path = path_of("https://shop.example/");
    const auto before = call("GET", path);
    server.clock.advance(std::chrono::seconds(1));
    const auto by_path = call("DELETE", path + "/events/user.deleted");
    const auto by_body = call("DELETE", path + "/events", R"({"event":"user.deleted"})");
    for (const auto& answer : {by_path, by_body, call("GET", path)}) {
        BOOST_TEST(answer.status == 200);
        BOOST_TEST(answer.body == before.body);
    }
}

BOOST_FIXTURE_TEST_CASE(an_event_that_is_none_cannot_be_removed_by_body_or_by_path, Life) {
    const auto path = path_of("https://shop.example/");
    const auto by_path = call("DELETE", path + "/events/user.renamed");
    const auto by_body = call("DELETE", path + "/events", R"({"event":"user.renamed"})");
    for (const auto& answer : {by_path, by_body, call("DELETE", path + "/events", "{}")}) {
        BOOST_TEST(answer.status == 400);
        BOOST_TEST(answer.code() == "invalid_webhook_event");
        BOOST_TEST(answer.message().starts_with("event: "), answer.message());
    }
    BOOST_TEST(text(call("GET", path).webhook().at("events")) == R"(["user.created"])");
}

BOOST_FIXTURE_TEST_CASE(a_new_webhook_is_what_was_asked_for_with_each_event_once, Life) {
    const auto created = call("POST", "/webhooks", R"({"url":"https://shop.example/?a=b",
        "verification_token":"a","events":["user.deleted","user.created","user.deleted"],"active":true})");
    BOOST_TEST(created.status == 201);
    const auto& webhook = created.webhook();
    const json::value expected{{"id", webhook.at("id")},
                               {"url", "https://shop.example/?a=b"},
                               {"events", {"user.deleted", "user.created"}},
                               {"active", false},
                               {"last_http_code", 0},
                               {"last_http_code_date", "1970-01-01T00:00:00.000Z"},
                               {"created_at", "2025-03-15T12:00:00.000Z"},
                               {"updated_at", "2025-03-15T12:00:00.000Z"}};
    BOOST_TEST(webhook == expected);
    BOOST_TEST(call("GET", "/webhooks").body.at("webhooks") == json::array{expected});
}

BOOST_FIXTURE_TEST_CASE(an_update_changes_what_it_names_and_nothing_else, Life) {
    const auto path = path_of("https://shop.example/");
    server.ask("UPDATE webhooks SET active = 1");
    auto expected = call("GET", path).body;
    server.clock.advance(std::chrono::seconds(1));
    expected.at("webhook").at("events") = {"user.deleted", "user.created"};
    expected.at("webhook").at("updated_at") = "2025-03-15T12:00:01.000Z";
    const auto updated = call("PATCH", path, R"({"events":["user.deleted","user.created","user.deleted"]})");
    BOOST_TEST(updated.status == 200);
    BOOST_TEST(updated.body == expected);
    BOOST_TEST(call("GET", path).body == expected);
}

BOOST_FIXTURE_TEST_CASE(deactivating_what_is_inactive_changes_nothing, Life) {
    const auto path = path_of("https://shop.example/");
    const auto before = call("GET", path);
    server.clock.advance(std::chrono::seconds(1));
    BOOST_TEST(call("POST", path + "/deactivate").body == before.body);
    BOOST_TEST(call("GET", path).body == before.body);
}

/// A body of createWebhook, and what its 400 says.
struct BadBody {
    std::string body;
    std::string fault;
};

BOOST_FIXTURE_TEST_CASE(a_bad_body_of_a_new_webhook_is_400_and_says_what_was_found, Life) {
    const auto with_url = [](const std::string& url) {
        return R"({"url":")" + url + R"(","verification_token":"a","events":[]})";
    };
    const std::vector<BadBody> bodies{
        {"", "The request body is empty"},
        {"{", "The request body is not JSON: "},
        {"[]", "The request body is an array"},
        {R"({"verification_token":"a","events":[]})", "url: missing, expected an absolute https URL"},
        {R"({"url":1,"verification_token":"a","events":[]})", "url: found the number 1"},
        {with_url("shop.example"), "url: found \"shop.example\""},
        {with_url("https://user:password@shop.example/"), "url: found user-info before the host"},
        {with_url("https://shop.example/#a"), "url: found a fragment"},
        {with_url("https://shop.example/" + std::string(2'048, 'a')), "url: found 2069 bytes"},
        {R"({"url":"https://a.example/","events":[]})", "verification_token: missing, expected a text"},
        {R"({"url":"https://a.example/","events":[],"verification_token":null})",
         "verification_token: found null"},
        {R"({"url":"https://a.example/","events":[],"verification_token":")" + std::string(101, 'a') + "\"}",
         "verification_token: found 101 characters"},
        {R"({"url":"https://a.example/","verification_token":"a"})",
         "events: missing, expected an array, each item one of user.created, "},
        {R"({"url":"https://a.example/","verification_token":"a","events":"user.created"})",
         "events: found \"user.created\", expected an array"},
        {R"({"url":"https://a.example/","verification_token":"a","events":["user.created",7]})",
         "events: found the number 7, expected an array"},
    };
    for (const auto& [body, fault] : bodies) {
        const auto answer = call("POST", "/webhooks", body);
        BOOST_TEST(answer.status == 400);
        BOOST_TEST(answer.code() == "invalid_request");
        BOOST_TEST(answer.message().starts_with(fault), answer.message());
    }
    BOOST_TEST(call("GET", "/webhooks").body.at("webhooks") == json::array());
}

BOOST_FIXTURE_TEST_CASE(a_bad_body_of_an_update_is_400_and_changes_nothing, Life) {
    const auto path = path_of("https://shop.example/");
    const auto before = call("GET", path);
    const std::vector<BadBody> bodies{
        {"{}", "The request body names nothing to change"},
        {R"({"active":true})", "The request body names nothing to change"},
        {R"({"url":null})", "url: found null"},
        {R"({"url":"ftp://shop.example/"})", "url: found the scheme \"ftp\""},
        {R"({"verification_token":""})", "verification_token: found "},
        {R"({"events":{}})", "events: found an object, expected an array"},
        {R"({"url":"https://other.example/","events":["user.renamed"]})", "events: found \"user.renamed\""},
    };
    for (const auto& [body, fault] : bodies) {
        const auto answer = call("PATCH", path, body);
        BOOST_TEST(answer.status == 400);
        BOOST_TEST(answer.code() == "invalid_request");
        BOOST_TEST(answer.message().starts_with(fault), answer.message());
    }
    BOOST_TEST(call("GET", path).body == before.body);
}

BOOST_FIXTURE_TEST_CASE(all_faults_of_a_body_are_told_in_one_message, Life) {
    const auto answer =
        call("POST", "/webhooks", R"({"url":"ftp://x","events":["a"],"verification_token":""})");
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.code() == "invalid_request");
    for (const std::string field : {"url: ", "verification_token: ", "events: "}) {
        BOOST_TEST((answer.message().find(field) != std::string::npos), field);
    }
    BOOST_TEST(call("PATCH", path_of("https://shop.example/"), "{}").code() == "invalid_request");
}

BOOST_FIXTURE_TEST_CASE(an_app_has_as_many_webhooks_as_it_may_and_no_more, Life) {
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(create("https://shop.example/").status == 201);
    const auto refused = create("https://shop.example/");
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.code() == "webhook_limit_reached");
    BOOST_TEST((refused.message().find(" 3 ") != std::string::npos), refused.message());
}

BOOST_AUTO_TEST_CASE(http_urls_are_for_apps_in_dev_mode) {
    TestApi api;
    const auto mode = "/v2/session/apps/" + api.app + "/mode";
    const auto call = [&](const std::string& method, const std::string& path,
                          const std::optional<std::string>& body) {
        return api.client.request(method, path, {api.token.text, body, {}});
    };
    const std::string plain = R"({"url":"http://shop.example/","verification_token":"a","events":[]})";
    BOOST_TEST(call("POST", api.webhooks_path(), plain).code() == "invalid_request");
    BOOST_TEST(text(call("GET", mode, {}).body) == R"({"mode":"prod"})");
    const auto changed = call("PUT", mode, R"({"mode":"dev"})");
    BOOST_TEST(changed.status == 204);
    BOOST_TEST(changed.text == "");
    BOOST_TEST(call("PUT", mode, R"({"mode":"test"})").code() == "invalid_request");
    const auto created = call("POST", api.webhooks_path(), plain);
    BOOST_TEST(created.status == 201);

    const std::string id(created.webhook().at("id").as_string());
    api.server.ask("UPDATE webhooks SET active = 1");
    BOOST_TEST(call("PUT", mode, R"({"mode":"prod"})").status == 204);
    BOOST_TEST(!call("GET", api.webhooks_path() + "/" + id, {}).webhook().at("active").as_bool());
    BOOST_TEST(api.get_webhook().webhook().at("active").as_bool());  // it has an https url
}

BOOST_FIXTURE_TEST_CASE(http_webhooks_stay_active_whatever_the_mode_where_the_settings_allow_them, Life) {
    const auto path = path_of("http://shop.example/");
    server.ask("UPDATE webhooks SET active = 1");
    for (const std::string mode : {"dev", "prod"}) {
        BOOST_TEST(call("PUT", "/mode", R"({"mode":")" + mode + R"("})").status == 204);
        BOOST_TEST(call("GET", path).webhook().at("active").as_bool(), mode);
    }
}

BOOST_AUTO_TEST_CASE(going_to_dev_mode_leaves_active_what_is) {
    TestApi api;
    api.server.ask("UPDATE webhooks SET active = 1, url = 'http://shop.example/'");
    const auto mode = "/v2/session/apps/" + api.app + "/mode";
    api.client.request("PUT", mode, {api.token.text, R"({"mode":"dev"})", {}});
    BOOST_TEST(api.get_webhook().webhook().at("active").as_bool());
}

BOOST_FIXTURE_TEST_CASE(the_mode_that_an_app_has_already_changes_nothing, Life) {
    const auto before = server.ask("SELECT updated_at FROM apps");
    server.clock.advance(std::chrono::seconds(1));
    BOOST_TEST(call("PUT", "/mode", R"({"mode":"prod"})").status == 204);
    BOOST_TEST(server.ask("SELECT updated_at FROM apps") == before);
}

BOOST_FIXTURE_TEST_CASE(no_verification_token_stands_in_clear_in_the_file_or_its_log, Life) {
    const auto path = path_of("https://shop.example/");
    call("PATCH", path, R"({"verification_token":"plainly-visible-1"})");
    call("PATCH", path, R"({"verification_token":"plainly-visible-2"})");
    for (const std::string ending : {"", "-wal"}) {
        std::ifstream file(server.database().string() + ending, std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(file)), {});
        BOOST_TEST(!bytes.empty());
        BOOST_TEST((bytes.find("plainly-visible") == std::string::npos));
        BOOST_TEST((bytes.find("tök en&") == std::string::npos));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
