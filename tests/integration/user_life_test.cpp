// A user's life at a real daemon, as a real receiver is told of it.

#include "storage/values/event_set.hpp"
#include "storage/values/timestamp.hpp"
#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/delivery_fixture.hpp"
#include "tests/support/http_client.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace gateway::test {

namespace json = boost::json;

namespace {

const std::string mail = R"({"type":"email_address","value":"ada@example.com"})";
const std::string phone = R"({"type":"phone_number","value":"+4915123456789"})";

/// Of all types of events.
Arguments webhook_options() {
    Arguments options{"--url", "https://shop.example/", "--verification-token", "a"};
    for (const auto type : event_type_names) {
        options.emplace_back("--event");
        options.emplace_back(type);
    }
    return options;
}

/// A type and its payload, with "now" for the times in it.
std::string told(const json::value& event) {
    auto payload = event.at("payload").as_object();
    for (auto& [key, value] : payload)
        if (key.ends_with("_at") && parse_timestamp(value.as_string())) value = "now";
    return std::string(event.at("type").as_string()) + " " + json::serialize(payload);
}

/// A daemon with an active webhook, whose receiver answers while the gate is open.
struct Life : AppFolder {
    Gate gate;
    Receiver receiver{[this](const ReceivedRequest&) {
        gate.pass();
        return answer(200);
    }};
    std::string token = only_line(succeed({"token", "create", "--app", "54e9ujn"}));
    Daemon daemon{path(), {"delivery.allow_networks=127.0.0.0/8"}};
    HttpClient client{daemon.port()};
    std::string user;                   // of this id, once created
    std::vector<std::string> expected;  // as told() has them

    Life() {
        succeed(webhook_with(webhook_options()));
        file().exec("UPDATE webhooks SET active = 1, url = '" + receiver.url() + "'");
    }

    [[nodiscard]] SQLite::Database file() const {
        return {database().string(), SQLite::OPEN_READWRITE, 5'000};
    }

    Answer call(const std::string& method, const std::string& rest, const std::string& body,
                const int status) {
        auto answer =
            client.request(method, "/v2/session/apps/54e9ujn/users" + user + rest, {token, body, {}});
        BOOST_TEST_REQUIRE(answer.status == status, answer.text);
        return answer;
    }

    void expect(const std::string& type, const std::string& fields) {
        expected.push_back(type + R"( {"user_id":")" + user.substr(1) + R"(",)" + fields + R"(:"now"})");
    }

    /// Returns when the receiver has heard of it; before that the daemon makes the app's key.
    void create() {
        const auto answer =
            call("POST", "", R"({"identifiers":[)" + mail + R"(],"profile":{"name":"Ada"}})", 201);
        user = "/" + std::string(answer.body.at("id").as_string());
        expect("user.created",
               R"("identifiers":[)" + mail + R"(],"profile":{"name":"Ada"},"source":"api","created_at")");
        wait_until([&] { return receiver.requests().size() == 1; }, "the first request");
    }

    void add_phone() { call("POST", "/identifiers", R"({"identifier":)" + phone + "}", 201); }

    /// Gives the session's id.
    std::string log_in(const std::string& identifier, const std::string& device) {
        const auto rest = R"("identifier":)" + identifier + R"(,"metadata":{"device":")" + device + R"("})";
        const auto answer = call("POST", "/sessions", "{" + rest + "}", 201);
        auto id = std::string(answer.body.at("session").at("id").as_string());
        expect("user.session.created", R"("session_id":")" + id + R"(",)" + rest + R"(,"created_at")");
        return id;
    }

    void expect_revoked(const std::string& session) {
        expect("user.session.revoked", R"("session_id":")" + session + R"(","revoked_at")");
    }

    void set_status(const std::string& status) {
        call("PUT", "/status", R"({"status":")" + status + R"("})", 200);
    }

    void change_profile() { call("PATCH", "/profile", R"({"city":"London"})", 204); }

    /// Some changes are asked for twice: the second time nothing changes.
    void live() {
        add_phone();
        expect("user.identifier.created", R"("identifier":)" + phone + R"(,"created_at")");
        add_phone();
        const auto on_phone = log_in(phone, "phone");
        const auto elsewhere = log_in(mail, "laptop");
        set_status("blocked");
        expect_revoked(on_phone);
        expect_revoked(elsewhere);
        set_status("blocked");
        set_status("active");
        change_profile();
        expect("user.profile.updated", R"("profile":{"name":"Ada","city":"London"},"updated_at")");
        change_profile();
        const auto again = log_in(mail, "laptop");
        call("DELETE", "", "", 200);
        expect_revoked(again);
        expect("user.deleted", R"("deleted_at")");
    }

    /// Once nothing is under way any more.
    std::vector<std::string> all_told() {
        const auto pending = [this] {
            return file().execAndGet("SELECT count(*) FROM deliveries WHERE state <> 'delivered'").getInt();
        };
        wait_until([&] { return pending() == 0; }, "an end of all deliveries");
        std::vector<std::string> all;
        for (const auto& request : receiver.requests())
            for (const auto& event : events_in(request))
                all.push_back(told(event));
        return all;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(user_life_test, Life)

BOOST_AUTO_TEST_CASE(each_event_of_a_life_is_told_once_in_its_order) {
    gate.open();
    create();
    live();
    BOOST_TEST(all_told() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_gathered_meanwhile_is_told_in_its_order_in_one_request) {
    create();
    live();
    gate.open();
    BOOST_TEST(all_told() == expected, boost::test_tools::per_element());
    BOOST_TEST(receiver.requests().size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
