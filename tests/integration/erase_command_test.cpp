// `user erase`, while a daemon delivers.

#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/delivery_fixture.hpp"
#include "tests/support/http_client.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>

namespace gateway::test {

namespace {

/// A daemon with a webhook whose receiver answers when the gate is open.
struct Delivering : AppFolder {
    Gate gate;
    std::atomic<unsigned> status = 200;
    Receiver receiver{[this](const ReceivedRequest&) {
        gate.pass();
        return answer(status, "no such ada@example.com");
    }};

    Receiver probe{answer(200)};

    std::string webhook = add_webhook({"--url", "https://shop.example/", "--verification-token", "a",
                                       "--event", "user.created", "--event", "user.profile.updated"});
    std::string token = only_line(succeed({"token", "create", "--app", "54e9ujn"}));
    Daemon daemon{path(), {"delivery.allow_networks=127.0.0.0/8", "delivery.first_retry=12h"}};
    HttpClient client{daemon.port()};

    Delivering() {
        succeed(webhook_with_token("b"));  // the probe
        ask("UPDATE webhooks SET active = 1, url = iif(number = 1, '" + receiver.url() + "', '" +
            probe.url() + "')");
    }

    Answer call(const std::string& method, const std::string& rest, const std::string& body) {
        return client.request(method, "/v2/session/apps/54e9ujn/users" + rest, {token, body, {}});
    }

    /// The id of a new one.
    std::string created() {
        return std::string(
            call(
                "POST", "",
                R"({"identifiers":[{"type":"email_address","value":"ada@example.com"}],"profile":{"name":"Ada"}})")
                .body.at("id")
                .as_string());
    }

    void erase(const std::string& user) const {
        BOOST_TEST(succeed({"user", "erase", "--app", "54e9ujn", user, "--yes"}) == "");
    }

    std::string ask(const std::string& sql) const {
        const SQLite::Database file(database().string(), SQLite::OPEN_READWRITE, 5'000);
        SQLite::Statement rows(file, sql);
        std::string answer;
        while (rows.executeStep())
            answer += rows.getColumn(0).getString() + ";";
        return answer;
    }

    /// Returns when the daemon has looked at what other processes have changed so far.
    void wait_for_a_look() {
        ask("INSERT INTO deliveries (event, webhook) VALUES (1, 2)");
        wait_until([&] { return probe.requests().size() == 1; }, "a look at what was changed");
    }

    void wait_for(const std::string& sql, const std::string& rows) const {
        wait_until([&] { return ask(sql) == rows; }, sql + " = " + rows);
    }

    [[nodiscard]] std::string body(const std::size_t request) const {
        return receiver.requests().at(request).body;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(erase_command_test, Delivering)

BOOST_AUTO_TEST_CASE(whoever_is_erased_is_told_of_no_more_and_answers_go) {
    gate.open();
    status = 500;
    const auto user = created();
    wait_for("SELECT response FROM attempts", "no such ada@example.com;");
    erase(user);
    BOOST_TEST(ask("SELECT count(*) FROM users") == "0;");
    BOOST_TEST(ask("SELECT count(response) FROM attempts") == "0;");
    BOOST_TEST(ask("SELECT count(*) FROM events WHERE payload LIKE '%ada%'") == "0;");
    BOOST_TEST(ask("SELECT type FROM events ORDER BY number") == "user.created;user.deleted;");

    status = 200;
    const auto event = ask("SELECT id FROM events WHERE number = 1");
    succeed({"delivery", "retry", "--webhook", webhook, event.substr(0, event.size() - 1)});
    wait_for("SELECT state FROM deliveries", "delivered;");
    BOOST_TEST(holds(body(0), R"("value":"ada@example.com")"));
    BOOST_TEST(holds(body(1), R"("payload":{"user_id":")" + user +
                                  R"(","identifiers":[],"profile":{},"source":"api","created_at":")"));
    erase(user);  // again, since there are events
}

BOOST_AUTO_TEST_CASE(what_waits_in_memory_is_taken_back) {
    const auto user = created();
    wait_until([&] { return receiver.requests().size() == 1; }, "the first request");
    call("PATCH", "/" + user + "/profile", R"({"city":"London"})");
    erase(user);
    wait_for_a_look();
    gate.open();
    wait_for("SELECT DISTINCT state FROM deliveries", "delivered;");
    BOOST_TEST(receiver.requests().size() == 2U);
    BOOST_TEST(holds(body(1), R"("profile":{},)"));
    for (const std::string personal : {"Ada", "London"})
        BOOST_TEST(!holds(body(1), personal));
}

BOOST_AUTO_TEST_CASE(nobody_is_erased_by_mistake) {
    gate.open();
    const auto user = created();
    const auto unconfirmed = misuse({"user", "erase", "--app", "54e9ujn", user});
    BOOST_TEST(holds(unconfirmed, "confirm with --yes"));
    BOOST_TEST(
        holds(fail({"user", "erase", "--app", "54e9ujn", "usr_0", "--yes"}), "The user was not found"));
    BOOST_TEST(holds(fail({"user", "erase", "--app", "zzzzzzz", user, "--yes"}), "there is no app"));
    BOOST_TEST(ask("SELECT id FROM users") == user + ";");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
