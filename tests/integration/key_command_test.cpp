// The subcommand key: list, rotate, retire.

#include "server/command/signatures.hpp"
#include "storage/values/timestamp.hpp"
#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/delivery_fixture.hpp"
#include "tests/support/http_client.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <set>
#include <string>

namespace gateway::test {

namespace json = boost::json;

namespace {

struct Keys : AppFolder {
    /// Gives the id of the new key.
    std::string rotate(const Arguments& more = {}) const {
        Arguments arguments{"key", "rotate", "--app", "54e9ujn"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto line = only_line(succeed(arguments));
        return line.substr(0, line.find(' '));
    }

    [[nodiscard]] json::array list() const {
        return print_json({"key", "list", "--app", "54e9ujn"}).as_array();
    }

    /// The state of each, oldest first.
    [[nodiscard]] std::string states() const {
        std::string states;
        for (const auto& key : list())
            states.append(key.at("state").as_string()).append(" ");
        return states;
    }

    void run_sql(const std::string& sql) const {
        SQLite::Database(database().string(), SQLite::OPEN_READWRITE, 5'000).exec(sql);
    }

    /// As if all that was done had been done two hours ago.
    void let_two_hours_pass() const {
        run_sql(
            "UPDATE signing_keys SET created_at = strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '-2 hours'),"
            " signs_from = strftime('%Y-%m-%dT%H:%M:%fZ', signs_from, '-2 hours')");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(key_command_test, Keys)

BOOST_AUTO_TEST_CASE(a_new_key_signs_once_every_receiver_can_know_it) {
    BOOST_TEST(list().empty());
    const auto first = rotate();
    BOOST_TEST(first.starts_with("sigkey_"));
    BOOST_TEST(states() == "signs ");

    const auto second = rotate();
    BOOST_TEST(states() == "signs published ");
    const auto keys = list();
    BOOST_TEST(keys[0].at("id").as_string() == first);
    BOOST_TEST(keys[1].at("id").as_string() == second);
    BOOST_TEST(keys[1].at("retired_at").is_null());
    const auto created = parse_timestamp(keys[1].at("created_at").as_string()).value();
    const auto from = parse_timestamp(keys[1].at("signs_from").as_string()).value();
    BOOST_TEST((from - created == std::chrono::minutes(61)));

    let_two_hours_pass();
    BOOST_TEST(states() == "former signs ");
    BOOST_TEST(succeed({"key", "list", "--app", "54e9ujn"}).starts_with("ID "));
}

BOOST_AUTO_TEST_CASE(a_leaked_key_is_replaced_at_once_also_while_another_waits) {
    rotate();
    rotate();
    rotate({"--now"});
    BOOST_TEST(states() == "former published signs ");
    let_two_hours_pass();
    BOOST_TEST(states() == "former former signs ");
}

BOOST_AUTO_TEST_CASE(a_key_is_retired_when_it_no_longer_signs) {
    const auto first = rotate();
    const auto second = rotate();
    const Arguments retire{"key", "retire", "--app", "54e9ujn", first};
    const auto message = fail(retire);
    BOOST_TEST(holds(message, "the key " + first + " signs"), message);
    BOOST_TEST(holds(message, "`session-gateway key rotate --app 54e9ujn`"), message);
    let_two_hours_pass();
    BOOST_TEST(succeed(retire) == "");
    BOOST_TEST(succeed(retire) == "");
    BOOST_TEST(states() == "retired signs ");
    BOOST_TEST(list()[0].at("retired_at").is_string());
    BOOST_TEST(holds(fail({"key", "retire", "--app", "54e9ujn", second}), "signs"));
}

BOOST_AUTO_TEST_CASE(a_rotation_can_be_called_off) {
    rotate();
    const auto second = rotate();
    succeed({"key", "retire", "--app", "54e9ujn", second});
    let_two_hours_pass();
    BOOST_TEST(states() == "signs retired ");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_a_failure) {
    for (const Arguments& arguments : {Arguments{"key", "list", "--app", "nothere"},
                                       {"key", "rotate", "--app", "nothere"},
                                       {"key", "retire", "--app", "nothere", "sigkey_1"}})
        BOOST_TEST(holds(fail(arguments), "there is no app \"nothere\""), joined(arguments));
    const auto key = rotate();
    succeed({"app", "create", "--id", "other77"});
    for (const std::string app : {"54e9ujn", "other77"})
        BOOST_TEST(holds(fail({"key", "retire", "--app", app, app == "other77" ? key : "sigkey_1"}),
                         "app " + app + " has no key "));
    misuse({"key", "list"});
    misuse({"key"});
}

BOOST_AUTO_TEST_CASE(a_row_that_cannot_be_read_is_named_and_the_others_printed) {
    rotate();
    rotate();
    run_sql(
        "PRAGMA ignore_check_constraints = ON; UPDATE signing_keys SET created_at = 'x' WHERE number = 1");
    const auto outcome = run({"key", "list", "--app", "54e9ujn", "--json"});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(holds(outcome.err, "created_at holds"), outcome.err);
    BOOST_TEST(json::parse(outcome.out).as_array().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_running_daemon_publishes_a_new_key_at_once_and_a_retired_one_no_more) {
    const auto first = rotate();
    const Daemon daemon(path());
    HttpClient client(daemon.port());
    const auto published = [&client] {
        std::string ids;
        const auto set = client.request("GET", "/v2/session/apps/54e9ujn/.well-known/jwks.json").body;
        for (const auto& key : set.at("keys").as_array())
            ids.append(key.at("kid").as_string()).append(" ");
        return ids;
    };
    BOOST_TEST(published() == first + " ");
    const auto second = rotate({"--now"});
    BOOST_TEST(published() == first + " " + second + " ");
    succeed({"key", "retire", "--app", "54e9ujn", first});
    BOOST_TEST(published() == second + " ");
}

BOOST_AUTO_TEST_CASE(keys_can_be_rotated_in_the_middle_of_traffic) {
    constexpr int rotations = 3;
    const Receiver receiver(answer(200));
    rotate();
    static_cast<void>(add_webhook(
        {"--url", "https://example.com/", "--verification-token", "secret", "--event", "user.deleted"}));
    run_sql("UPDATE webhooks SET active = 1, url = '" + receiver.url() + "'");
    const Daemon daemon(path(), {"webhooks.allow_http=true", "delivery.allow_networks=127.0.0.1/32"});
    HttpClient client(daemon.port());
    const auto token = only_line(succeed({"token", "create", "--app", "54e9ujn"}));
    const auto publish = [&] {
        return client
            .request(
                "POST", "/v2/session/apps/54e9ujn/events",
                {token,
                 R"({"type":"user.deleted","payload":{"user_id":"u","deleted_at":"2025-03-15T12:00:00Z"}})",
                 {}})
            .status;
    };
    std::set<std::string> keys_used;
    std::size_t published = 0;
    for (int made = 0; made <= rotations; ++made) {
        if (made > 0) rotate({"--now"});
        // Until the new key signs.
        while (keys_used.size() <= static_cast<std::size_t>(made)) {
            BOOST_TEST_REQUIRE(publish() == 201U);
            ++published;
            for (const auto& request : receiver.requests())
                keys_used.insert(request.header("x-webhook-signature-key-id"));
        }
    }
    wait_until([&] { return event_ids_in(receiver.requests()).size() == published; }, "all events");

    const auto set = client.request("GET", "/v2/session/apps/54e9ujn/.well-known/jwks.json").body;
    const auto keys = command::read_key_set(json::serialize(set));
    for (const auto& request : receiver.requests()) {
        const auto signature = request.header("x-webhook-signature");
        const auto key = keys.find(request.header("x-webhook-signature-key-id"));
        BOOST_TEST_REQUIRE((key != keys.end()));
        BOOST_TEST(command::rsa_fault(
                       *key->second, {.rsa_signature = signature, .id = {}, .timestamp = {}, .signature = {}},
                       request.body)
                       .value_or("") == "");
    }
}

BOOST_AUTO_TEST_CASE(the_sealing_key_can_be_replaced_and_lost) {
    const auto first = rotate();
    BOOST_TEST(succeed({"secrets", "rotate"}).starts_with("sealed 1 secrets under the new key "));
    std::filesystem::remove(key_file());
    BOOST_TEST(holds(fail({"key", "rotate", "--app", "54e9ujn"}), "`session-gateway secrets reset`"));
    BOOST_TEST(holds(succeed({"secrets", "reset", "--yes"}), "1 secrets have to be set again"));
    rotate({"--now"});
    succeed({"key", "retire", "--app", "54e9ujn", first});
    Daemon daemon(path());
    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
    BOOST_TEST(!holds(daemon.log(), "secrets do not open"), daemon.log());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
