// The real daemon under a mixed load for long: nothing of it grows.
//
//     GATEWAY_SOAK_SECONDS=1800 fault_tests --run_test=soak_test     half an hour each

#include "server/api/payloads.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/event_load.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/receiver.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

namespace gateway::test {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t clients = 8;
constexpr std::size_t webhooks_per_client = 50;

/// What a process holds.
struct Holdings {
    std::uint64_t anonymous_kib;
    std::uint64_t threads;
    std::uint64_t files;
    std::uintmax_t database_bytes;
};

std::uint64_t status_number(const pid_t process, const std::string& field) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field + ":")) return std::stoull(line.substr(field.size() + 1));
    throw std::runtime_error("no " + field + " in the status of the daemon");
}

Holdings holdings_of(const Daemon& daemon, const LoadFolder& folder) {
    const std::filesystem::directory_iterator files("/proc/" + std::to_string(daemon.process()) + "/fd");
    return {.anonymous_kib = status_number(daemon.process(), "RssAnon"),
            .threads = status_number(daemon.process(), "Threads"),
            .files = static_cast<std::uint64_t>(std::distance(begin(files), end(files))),
            .database_bytes = std::filesystem::file_size(folder.database()) +
                              std::filesystem::file_size(folder.database().string() + "-wal")};
}

/// One client's share of the load, again and again: all that clients do, and what they should not.
class Client {
  public:
    Client(LoadFolder& folder, const std::uint16_t port, const std::size_t number)
        : folder_(folder), port_(port), number_(number) {}

    /// Throws std::runtime_error when an answer is not as it should be.
    void go_round(const std::uint64_t round) const {
        HttpClient connection(port_);  // a new one each round
        const auto& book = folder_.books()[number_ * webhooks_per_client + round % webhooks_per_client];
        const auto path = folder_.events_path(book.id);
        const std::string body = R"({"event":"user.created"})";
        expect(connection.request("POST", path, {folder_.token(), body, {}}), 201);
        expect(connection.request("POST", path, {folder_.token(), body, {}}), 201);
        expect(connection.request("DELETE", path, {folder_.token(), body, {}}), 200);
        expect(connection.request("POST", path, {folder_.token(), "{", {}}), 400);
        expect(connection.request("POST", path,
                                  {"sgw_" + std::to_string(number_) + "_" + std::to_string(round), body, {}}),
               401);
        expect(connection.request("GET", path + std::to_string(round), {folder_.token(), {}, {}}), 404);
        make_and_delete(connection);
        connection.send("GET /healthz HTTP/1.1\r\nHost: ");  // and leaves in the middle
    }

  private:
    void make_and_delete(HttpClient& connection) const {
        const auto webhooks = "/v2/session/apps/" + folder_.app() + "/webhooks";
        const std::string wanted =
            R"({"url":"https://shop.example/hook","verification_token":"secret","events":["user.deleted"]})";
        const auto made = connection.request("POST", webhooks, {folder_.token(), wanted, {}});
        expect(made, 201);
        const auto path = webhooks + "/" + std::string(made.webhook().at("id").as_string());
        expect(connection.request("GET", path, {folder_.token(), {}, {}}), 200);
        expect(connection.request("DELETE", path, {folder_.token(), {}, {}}), 200);
    }

    static void expect(const Answer& answer, const int status) {
        if (answer.status != status)
            throw std::runtime_error("expected " + std::to_string(status) + ", found " +
                                     std::to_string(answer.status) + " " + answer.text);
    }

    LoadFolder& folder_;
    std::uint16_t port_;
    std::size_t number_;
};

/// Lets all clients go round until then; gives what went wrong, or nothing.
std::string load_until(const steady_clock::time_point end, LoadFolder& folder, const std::uint16_t port) {
    std::vector<std::string> complaints(clients);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < clients; ++i) {
            threads.emplace_back([&, i] {
                try {
                    const Client client(folder, port, i);
                    for (std::uint64_t round = 0; steady_clock::now() < end; ++round)
                        client.go_round(round);
                } catch (const std::exception& error) {
                    complaints[i] = error.what();
                }
            });
        }
    }
    for (const auto& complaint : complaints)
        if (!complaint.empty()) return complaint;
    return {};
}

/// Publishes 500 events a second until then, ten in each call; gives the largest file that was seen on the
/// way.
std::uintmax_t publish_until(const steady_clock::time_point end, const LoadFolder& folder,
                             const std::uint16_t port) {
    constexpr int events_in_call = 10;
    constexpr std::chrono::milliseconds pace{20};
    std::string event = R"({"type":"user.created","payload":)";
    event.append(api::example_payload(EventType::user_created)).append("}");
    std::string body = R"({"events":[)" + event;
    for (int i = 1; i < events_in_call; ++i)
        body += "," + event;
    body += "]}";
    HttpClient connection(port);
    std::uintmax_t largest = 0;
    for (auto next = steady_clock::now(); next < end; next += pace) {
        std::this_thread::sleep_until(next);
        const auto answer = connection.request("POST", "/v2/session/apps/" + folder.app() + "/events",
                                               {folder.token(), body, {}});
        BOOST_REQUIRE_MESSAGE(answer.status == 201, answer.text);
        largest = std::max(largest, std::filesystem::file_size(folder.database()));
    }
    return largest;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(soak_test)

BOOST_AUTO_TEST_CASE(memory_threads_files_and_the_database_stay_as_large_as_they_became_at_first) {
    constexpr std::uint64_t default_seconds = 4;
    const std::chrono::seconds duration(number_from_environment("GATEWAY_SOAK_SECONDS", default_seconds));
    LoadFolder folder(clients * webhooks_per_client);
    Daemon daemon(folder.path(), {"database.checkpoint_size=1MiB", "webhooks.max_per_app=10000"});

    // A quarter of the time fills what is filled once: caches, pools, the log of the database.
    const auto begin = steady_clock::now();
    BOOST_TEST(load_until(begin + duration / 4, folder, daemon.port()) == "");
    const auto before = holdings_of(daemon, folder);
    BOOST_TEST(load_until(begin + duration, folder, daemon.port()) == "");
    const auto after = holdings_of(daemon, folder);

    BOOST_TEST_MESSAGE("anonymous memory " << before.anonymous_kib << " -> " << after.anonymous_kib
                                           << " KiB, database " << before.database_bytes << " -> "
                                           << after.database_bytes << " bytes");
    constexpr std::uint64_t memory_room_kib =
        6'144;  // the heap's own play; a sanitizer keeps freed memory aside
    constexpr std::uintmax_t database_room = 8U << 20U;
    if constexpr (slowness == 1) BOOST_TEST(after.anonymous_kib <= before.anonymous_kib + memory_room_kib);
    BOOST_TEST(after.threads == before.threads);
    BOOST_TEST(after.files <= before.files + clients);  // those just left may not be closed yet
    BOOST_TEST(after.database_bytes <= before.database_bytes + database_room);

    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
}

BOOST_AUTO_TEST_CASE(under_steady_publishing_the_database_keeps_its_size_and_the_daemon_its_memory) {
    constexpr std::uint64_t default_seconds = 8;
    const std::chrono::seconds duration(number_from_environment("GATEWAY_SOAK_SECONDS", default_seconds));
    const auto retention = std::to_string(duration.count() * 1'000 / 6) + "ms";
    LoadFolder folder(1);
    const Receiver receiver(answer(200));
    SQLite::Database(folder.database().string(), SQLite::OPEN_READWRITE)
        .exec("UPDATE webhooks SET active = 1, events = '[\"user.created\"]', url = 'http://127.0.0.1:" +
              std::to_string(receiver.port()) + "/' WHERE id = '" + folder.books().front().id + "'");
    Daemon daemon(folder.path(), {"database.checkpoint_size=1MiB", "delivery.allow_networks=127.0.0.1/32",
                                  "webhooks.allow_http=true", "log.level=warning",
                                  "retention.events=" + retention, "retention.attempts=" + retention});

    const auto begin = steady_clock::now();
    const auto first = publish_until(begin + duration / 2, folder, daemon.port());
    const auto before = holdings_of(daemon, folder);
    const auto second = publish_until(begin + duration, folder, daemon.port());
    const auto after = holdings_of(daemon, folder);
    BOOST_TEST_MESSAGE("anonymous memory " << before.anonymous_kib << " -> " << after.anonymous_kib
                                           << " KiB, largest database file " << first << " -> " << second
                                           << " bytes");
    constexpr std::uint64_t memory_room_kib = 6'144;
    constexpr std::uintmax_t pages_in_stock = 256 * 4'096;
    if constexpr (slowness == 1) BOOST_TEST(after.anonymous_kib <= before.anonymous_kib + memory_room_kib);
    BOOST_TEST(second <= first + first / 10 + pages_in_stock);
    BOOST_TEST(receiver.requests().size() > 0U);

    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
