#include "tests/support/certificates.hpp"
#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/paths.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <string>
#include <utility>

// `status` and `doctor`.

namespace gateway::test {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

/// With a webhook and what a person wrote into the tables.
struct Folder : AppFolder {
    void run_sql(const std::string& sql) const {
        constexpr int busy_timeout = 5'000;
        SQLite::Database(database().string(), SQLite::OPEN_READWRITE, busy_timeout).exec(sql);
    }

    [[nodiscard]] json::object status() const { return print_json({"status"}).as_object(); }

    /// What `doctor` found, by its checks; and whether it was an error.
    [[nodiscard]] std::pair<json::object, int> examine(const Arguments& more = {}) const {
        Arguments arguments{"doctor", "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto outcome = run(arguments);
        json::object findings;
        const auto list = json::parse(only_line(outcome.out));
        for (const auto& finding : list.as_array())
            findings[finding.at("check").as_string()] = finding;
        return {findings, outcome.status};
    }

    static std::string result_of(const std::pair<json::object, int>& examined, const std::string& check) {
        const auto* const finding = examined.first.if_contains(check);
        return finding ? std::string(finding->at("result").as_string()) : "not looked at";
    }

    static std::string found_by(const std::pair<json::object, int>& examined, const std::string& check) {
        return std::string(examined.first.at(check).at("found").as_string());
    }
};

constexpr auto now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(status_command_test, Folder)

BOOST_AUTO_TEST_CASE(status_tells_of_a_daemon_that_runs_and_of_one_that_does_not) {
    const auto before = status();
    BOOST_TEST(!before.at("daemon_runs").as_bool());
    BOOST_TEST(before.at("daemon_since").is_null());
    BOOST_TEST(before.at("key_id").as_string().starts_with("key_"));
    BOOST_TEST(before.at("database").as_string() == database().string());
    {
        const Daemon daemon(path());
        const auto running = status();
        BOOST_TEST(running.at("daemon_runs").as_bool());
        BOOST_TEST(running.at("daemon_since").is_string());
        BOOST_TEST(running.at("daemon_version") == running.at("version"));
        BOOST_TEST(running.at("log_bytes").as_int64() > 0);
    }
    const auto after = status();  // it was killed
    BOOST_TEST(!after.at("daemon_runs").as_bool());
    BOOST_TEST(after.at("daemon_since").is_null());
}

BOOST_AUTO_TEST_CASE(status_counts_what_there_is_and_what_is_late) {
    static_cast<void>(add_webhook({"--url", "https://a.example/", "--verification-token", "a"}));
    static_cast<void>(add_webhook({"--url", "https://b.example/", "--verification-token", "a"}));
    succeed({"token", "create", "--app", "54e9ujn"});
    succeed({"user", "create", "--app", "54e9ujn", "--email-address", "ada@example.com"});
    run_sql(std::string("UPDATE webhooks SET active = 1 WHERE number = 1;"
                        "INSERT INTO audiences VALUES (77, '54e9ujn', 'user.created', '[1]');"
                        "INSERT INTO events (number, id, app_id, type, audience, payload, created_at) VALUES"
                        " (101, 'evt_1', '54e9ujn', 'user.created', 77, '{}', ") +
            now + "), (102, 'evt_2', '54e9ujn', 'user.created', 77, '{}', " + now +
            ");"
            "INSERT INTO deliveries (event, webhook, next_attempt_at) VALUES"
            " (101, 1, '2025-03-15T12:00:00.000Z'), (102, 1, '2999-03-15T12:00:00.000Z'), (102, 2, NULL);"
            "INSERT INTO attempts (number, id, webhook, started_at, duration_ms, events, http_code, outcome)"
            " VALUES (1, 'att_1', 1, " +
            now +
            ", 1, '[101]', 503, 'http_status'), (2, 'att_2', 1, '2025-03-15T12:00:00.000Z', 1, '[101]',"
            " 200, 'delivered');"
            "INSERT INTO webhook_health (webhook, failures, failing_since) VALUES"
            " (1, 3, '2025-03-15T12:00:00.000Z'), (2, 0, NULL)");
    const auto found = status();
    BOOST_TEST(found.at("apps") == 1);
    BOOST_TEST(found.at("users") == 1);
    BOOST_TEST(found.at("live_tokens") == 1);
    BOOST_TEST(found.at("active_webhooks") == 1);
    BOOST_TEST(found.at("inactive_webhooks") == 1);
    BOOST_TEST(found.at("events_per_minute") == 3);  // one is the user's
    BOOST_TEST(json::serialize(found.at("attempts_per_minute")) == R"({"http_status":1})");
    BOOST_TEST(found.at("due_deliveries") == 1);
    BOOST_TEST(found.at("oldest_due") == "2025-03-15T12:00:00.000Z");
    const auto& worst = found.at("worst_receivers").as_array();
    BOOST_TEST_REQUIRE(worst.size() == 1U);
    BOOST_TEST(worst.front().at("failures") == 3);
    BOOST_TEST(worst.front().at("url") == "https://a.example/");
    const auto text = succeed({"status"});
    BOOST_TEST(holds(text, "OLDEST DUE"), text);
    BOOST_TEST(holds(text, "CALLED AGAIN AT"), text);
}

BOOST_AUTO_TEST_CASE(status_names_the_last_backup) {
    BOOST_TEST(status().at("last_backup").is_null());
    const auto name = database().string() + ".backup-20250315T120000Z";
    succeed({"backup", "create", name});
    BOOST_TEST(status().at("last_backup").as_string() == name);
    BOOST_TEST(status().at("last_backup_at") == "2025-03-15T12:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(doctor_finds_nothing_wrong_with_a_sound_folder) {
    const auto examined = examine();
    BOOST_TEST(examined.second == 0);
    for (const auto* const check :
         {"database", "key", "clock", "backups", "resolver", "permissions", "disk space"})
        BOOST_TEST(result_of(examined, check) == "ok", check);
    const Daemon daemon(path());
    BOOST_TEST(examine().second == 0);
    BOOST_TEST(holds(run({"doctor"}).out, "RESULT"));
}

BOOST_AUTO_TEST_CASE(doctor_tells_what_is_wrong_with_files) {
    fs::permissions(database(), static_cast<fs::perms>(0644U));
    const auto exposed = examine();
    BOOST_TEST(exposed.second == 0);
    BOOST_TEST(result_of(exposed, "database file") == "warning");
    fs::permissions(database(), static_cast<fs::perms>(0600U));

    const auto late = examine({"--set", "backup.every=1h"});
    BOOST_TEST(result_of(late, "backups") == "warning");

    run_sql(
        "INSERT INTO audiences VALUES (77, '54e9ujn', 'user.created', '[1]');"
        "INSERT INTO events (number, id, app_id, type, audience, payload, created_at) VALUES"
        " (101, 'evt_1', '54e9ujn', 'user.created', 77, '{}', '2999-03-15T12:00:00.000Z')");
    const auto ahead = examine();
    BOOST_TEST(result_of(ahead, "clock") == "warning");
    BOOST_TEST(holds(found_by(ahead, "clock"), "set the clock"));
}

BOOST_AUTO_TEST_CASE(doctor_tells_of_limits_that_are_too_low) {
    const auto limited =
        run_program({.arguments = {"-c", R"(ulimit -n 500; exec "$0" doctor)", binary().string()},
                     .folder = path(),
                     .environment = {},
                     .input = {},
                     .program = "sh"});
    BOOST_TEST(limited.status == 0);
    BOOST_TEST(holds(limited.out, "500 files may be open from here, and server.max_connections wants 11000"),
               limited.out);
}

BOOST_AUTO_TEST_CASE(doctor_looks_how_long_the_certificate_is_good) {
    const CertificateAuthority authority;
    const auto examine_with = [&](const Identity& identity) {
        write("certificate.pem", identity.certificate);
        write("key.pem", identity.key);
        fs::permissions(path() / "key.pem", static_cast<fs::perms>(0600U));
        return examine({"--set", "server.listen=https://127.0.0.1:0", "--set",
                        "server.tls_certificate=certificate.pem", "--set", "server.tls_key=key.pem"});
    };
    const auto soon = examine_with(authority.issue({"127.0.0.1"}));
    BOOST_TEST(soon.second == 0);
    BOOST_TEST(holds(found_by(soon, "certificate"), "days: renew it"), found_by(soon, "certificate"));

    const auto expired = examine_with(authority.issue({"127.0.0.1"}, Validity::expired));
    BOOST_TEST(expired.second == 1);
    BOOST_TEST(holds(found_by(expired, "certificate"), "has expired"), found_by(expired, "certificate"));

    auto mixed = authority.issue({"127.0.0.1"});
    mixed.key = authority.issue({"127.0.0.1"}).key;
    BOOST_TEST(result_of(examine_with(mixed), "certificate") == "error");
    BOOST_TEST(result_of(examine(), "certificate") == "ok");
}

BOOST_AUTO_TEST_CASE(doctor_ends_with_1_where_the_daemon_cannot_serve) {
    fs::rename(key_file(), path() / "key");
    const auto lost = examine();
    BOOST_TEST(lost.second == 1);
    BOOST_TEST(result_of(lost, "key") == "error");
    fs::rename(path() / "key", key_file());

    const auto authority = examine({"--set", "delivery.ca_file=nowhere.pem"});
    BOOST_TEST(authority.second == 1);
    BOOST_TEST(holds(found_by(authority, "authorities"), "nowhere.pem: cannot be opened"));

    fs::remove(database());
    const auto gone = examine();
    BOOST_TEST(gone.second == 1);
    BOOST_TEST(holds(found_by(gone, "database"), database().string() + ": there is no such file"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
