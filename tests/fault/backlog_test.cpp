// A daemon that starts with a million due deliveries.

#include "tests/support/daemon.hpp"
#include "tests/support/delivery_fixture.hpp"
#include "tests/support/event_load.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>
#include <string>

namespace gateway::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int apps = 4;
constexpr int webhooks_of_app = 250;
constexpr int events_of_app = 1'000;
constexpr std::size_t most_mib = 150;
constexpr milliseconds ready_within = milliseconds(2'000) * slowness;

/// Of the process, in MiB: what it has made itself and nobody else holds.
std::size_t anonymous_memory(const pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/status");
    constexpr std::size_t kib_in_mib = 1'024;
    for (std::string word; file >> word;) {
        std::size_t kib = 0;
        if (word == "RssAnon:" && file >> kib) return kib / kib_in_mib;
    }
    throw std::runtime_error("no RssAnon of process " + std::to_string(process));
}

void fill(const std::filesystem::path& database, const std::string& url) {
    SQLite::Database file(database.string(), SQLite::OPEN_READWRITE);
    const auto count = [](const int number) { return std::to_string(number); };
    const std::string now = "'2025-03-15T12:00:00.000Z'";
    const std::string numbers = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ";
    file.exec("PRAGMA synchronous = OFF; BEGIN;" + numbers + count(apps) +
              ") INSERT INTO apps (id, name, created_at, updated_at) SELECT 'shop00' || i, 'Shop', " + now +
              ", " + now + " FROM n;" + numbers + count(apps * webhooks_of_app) +
              ") INSERT INTO webhooks (number, id, app_id, url, events, active, created_at, updated_at,"
              " verification_token_sealed) SELECT i + 1, 'web_' || i, 'shop00' || (i / " +
              count(webhooks_of_app) + "), '" + url + "' || i, '[]', 1, " + now + ", " + now +
              ", x'00' FROM n;" +
              "INSERT INTO audiences (app_id, type, webhooks) SELECT app_id, 'user.created',"
              " json_group_array(number) FROM webhooks GROUP BY app_id;" +
              numbers + count(apps * events_of_app) +
              ") INSERT INTO events (number, id, app_id, type, audience, payload, created_at) SELECT i + 1,"
              " printf('evt_%026d', i), app_id, type, audiences.number, json_object('user_id',"
              " hex(zeroblob(100))), strftime('%Y-%m-%dT%H:%M:%fZ', 'now') FROM n, audiences"
              " WHERE app_id = 'shop00' || (i % " +
              count(apps) +
              "); INSERT INTO deliveries (event, webhook) SELECT events.number, value FROM events, audiences,"
              " json_each(webhooks) WHERE audiences.number = audience; COMMIT");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backlog_test)

BOOST_AUTO_TEST_CASE(a_million_due_deliveries_delay_no_start_and_fill_no_memory) {
    constexpr std::size_t some = 1'000;
    Gate gate;
    const Receiver receiver([&](const ReceivedRequest&) {
        gate.pass();
        return answer(200);
    });
    const MigratedFolder folder;
    fill(folder.database(), receiver.url("/"));

    const auto begin = steady_clock::now();
    Daemon daemon(folder.path(), {"delivery.allow_networks=127.0.0.0/8", "webhooks.allow_http=true"});
    const auto ready = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
    wait_until([&] { return !receiver.requests().empty(); }, "a delivery; " + daemon.log());
    const auto first = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
    const auto hanging = anonymous_memory(daemon.process());
    gate.open();
    std::size_t most = hanging;
    wait_until(
        [&] {
            most = std::max(most, anonymous_memory(daemon.process()));
            return receiver.requests().size() >= some;
        },
        "many deliveries; " + daemon.log());
    BOOST_TEST((ready < ready_within));
    if (slowness == 1) BOOST_TEST(most <= most_mib);
    BOOST_TEST_MESSAGE("ready after " << ready.count() << " ms, the first delivery after " << first.count()
                                      << " ms; " << hanging << " MiB then, " << most << " MiB at most");
    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
