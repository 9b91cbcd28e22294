// The JWK Set of an app: open to everybody, below the app's path and on the app's own host.

#include "tests/support/test_server.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

namespace gateway::test {

namespace json = boost::json;

namespace {

Settings with_hosts() {
    Settings settings;
    settings.server.app_host_suffix = "hooks.example";
    return settings;
}

struct Fixture : TestApi {
    explicit Fixture(const Settings& settings = {}) : TestApi(settings) {}

    static std::string path_of(const std::string& app_id) {
        return "/v2/session/apps/" + app_id + "/.well-known/jwks.json";
    }

    Answer get(const std::string& target, const Headers& headers = {}) {
        return client.request("GET", target, {{}, {}, headers});
    }

    /// Once the app has a key.
    Answer key_set() {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        auto answer = get(path_of(app));
        while (answer.status == 503 && std::chrono::steady_clock::now() < end)
            answer = get(path_of(app));
        BOOST_TEST_REQUIRE(answer.status == 200, answer.text);
        return answer;
    }

    /// A copy of the app's key under another id.
    void add_key(const std::string& id) const {
        server.ask(
            "INSERT INTO signing_keys (id, app_id, modulus, created_at, signs_from, private_key_sealed)"
            " SELECT '" +
            id +
            "', app_id, modulus, created_at, signs_from, private_key_sealed"
            " FROM signing_keys WHERE app_id = '" +
            app + "' LIMIT 1");
    }
};

struct HostFixture : Fixture {
    HostFixture() : Fixture(with_hosts()) { key_set(); }

    Answer get_on(const std::string& host) { return get("/.well-known/jwks.json", {{"Host", host}}); }
};

std::string ids_of(const Answer& answer) {
    std::string ids;
    for (const auto& key : answer.body.at("keys").as_array())
        ids.append(key.at("kid").as_string()).append(" ");
    return ids;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(key_set_test, Fixture)

BOOST_AUTO_TEST_CASE(an_app_without_a_key_is_503_until_it_has_one) {
    SQLite::Database shell(server.database().string(), SQLite::OPEN_READWRITE, 5'000);
    shell.exec(
        "BEGIN IMMEDIATE; INSERT INTO apps (id, name, created_at, updated_at)"
        " SELECT 'young77', name, created_at, updated_at FROM apps; COMMIT; BEGIN IMMEDIATE");
    const auto first = get(path_of("young77"));
    BOOST_TEST(first.status == 503);
    BOOST_TEST(first.code() == "overloaded");
    BOOST_TEST(first.header("Retry-After") == "1");
    BOOST_TEST(first.header("Cache-Control") == "");
    shell.exec("ROLLBACK");  // nobody else could write until now
    app = "young77";
    BOOST_TEST(key_set().body.at("keys").as_array().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_key_is_all_that_a_receiver_needs_to_verify) {
    const auto answer = key_set();
    const auto row = server.ask("SELECT id, modulus FROM signing_keys WHERE app_id = '" + app + "'");
    const auto bar = row.find('|');
    const json::array expected{json::object{{"kty", "RSA"},
                                            {"use", "sig"},
                                            {"alg", "PS256"},
                                            {"kid", row.substr(0, bar)},
                                            {"n", row.substr(bar + 1)},
                                            {"e", "AQAB"}}};
    BOOST_TEST(answer.body == (json::object{{"keys", expected}}));
}

BOOST_AUTO_TEST_CASE(all_keys_but_retired_ones_are_in_the_set_oldest_first) {
    key_set();
    const auto first = server.ask("SELECT id FROM signing_keys WHERE app_id = '" + app + "'");
    add_key("second");
    add_key("third");
    BOOST_TEST(ids_of(get(path_of(app))) == first + " second third ");
    server.ask(
        "UPDATE signing_keys SET retired_at = created_at, private_key_sealed = NULL WHERE id = 'second'");
    BOOST_TEST(ids_of(get(path_of(app))) == first + " third ");
}

BOOST_AUTO_TEST_CASE(a_set_may_be_kept_for_an_hour_and_is_not_sent_again_to_who_has_it) {
    const auto answer = key_set();
    BOOST_TEST(answer.header("Cache-Control") == "public, max-age=3600");
    const auto tag = answer.header("ETag");
    BOOST_TEST(tag.size() == 34U);
    for (const auto& known : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
        const auto again = get(path_of(app), {{"If-None-Match", known}});
        BOOST_TEST(again.status == 304);
        BOOST_TEST(again.text == "");
        BOOST_TEST(again.header("Content-Length") == "");
        BOOST_TEST(again.header("ETag") == tag);
        BOOST_TEST(again.header("Cache-Control") == "public, max-age=3600");
    }
    BOOST_TEST(get(path_of(app), {{"If-None-Match", "\"other\""}}).status == 200);
    add_key("second");
    const auto changed = get(path_of(app), {{"If-None-Match", tag}});
    BOOST_TEST(changed.status == 200);
    BOOST_TEST(changed.header("ETag") != tag);
}

BOOST_AUTO_TEST_CASE(it_is_open_also_of_a_disabled_app) {
    const auto body = key_set().body;
    server.disable_sessions(app);
    BOOST_TEST(get(path_of(app)).body == body);
    const auto head = client.request("HEAD", path_of(app));
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.text == "");
}

BOOST_AUTO_TEST_CASE(an_app_that_is_not_there_has_none) {
    for (const auto* const id : {"nothere", "..", "54E9UJN"}) {
        const auto answer = get(path_of(id));
        BOOST_TEST(answer.status == 404);
        BOOST_TEST(answer.code() == "app_not_found");
    }
    key_set();
    server.delete_app(app);
    BOOST_TEST(get(path_of(app)).code() == "app_not_found");
}

BOOST_AUTO_TEST_CASE(without_a_suffix_no_host_is_an_apps_own) {
    key_set();
    for (const auto& host : {app + ".", app, app + ".hooks.example"}) {
        const auto answer = get("/.well-known/jwks.json", {{"Host", host}});
        BOOST_TEST(answer.status == 404);
        BOOST_TEST(answer.code() == "route_not_found");
    }
}

BOOST_FIXTURE_TEST_CASE(on_an_apps_own_host_its_set_is_at_the_well_known_path, HostFixture) {
    const auto body = get(path_of(app)).body;
    for (const auto& host : {app + ".hooks.example", app + ".hooks.example:8080", app + ".Hooks.EXAMPLE"})
        BOOST_TEST(get_on(host).body == body, host);
    const auto absolute = get("http://" + app + ".hooks.example/.well-known/jwks.json", {{"Host", "other"}});
    BOOST_TEST(absolute.body == body);
    BOOST_TEST(get_on("nothere.hooks.example").code() == "app_not_found");
    const auto target = "/.well-known/jwks.json?app_id=" + app;
    for (const auto& host : {std::string("hooks.example"), app + ".example", "x." + app + ".hooks.example",
                             app + ".hooks.example.com", app + "xhooks.example", std::string("[::1]")})
        BOOST_TEST(get(target, {{"Host", host}}).code() == "route_not_found", host);
}

BOOST_FIXTURE_TEST_CASE(a_request_on_a_host_is_logged_with_its_app, HostFixture) {
    get("/.well-known/jwks.json", {{"Host", app + ".hooks.example"}, {"X-Request-Id", "find-me"}});
    for (const auto& line : server.end_and_read_log_lines()) {
        if (!line.contains("request_id") || line.at("request_id") != "find-me") continue;
        BOOST_TEST(line.at("operation") == "getKeySet");
        BOOST_TEST(line.at("app").as_string() == app);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
