// What the daemon does when its database file is taken away, replaced or cut while it runs.

#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/http_client.hpp"

#include <SQLiteCpp/Database.h>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

namespace gateway::test {

namespace {

namespace fs = std::filesystem;

/// A daemon that has created one webhook.
struct Served {
    AppFolder folder;
    std::string token = only_line(folder.succeed({"token", "create", "--app", "54e9ujn"}));
    Daemon daemon{folder.path()};

    Served() {
        BOOST_TEST_REQUIRE(create() == 201);
        // Each of the two I/O threads remembers the key from its first request on: what a write is answered
        // is not to depend on what a reader makes of the file.
        BOOST_TEST_REQUIRE(request("GET", "/v2/session/apps/54e9ujn/mode").status == 200);
    }

    [[nodiscard]] Answer request(const std::string_view method, const std::string_view target,
                                 const std::optional<std::string>& body = {}) const {
        return HttpClient(daemon.port()).request(method, target, {token, body, {}});
    }

    /// Gives the status.
    [[nodiscard]] int create() const {
        const auto answer =
            request("POST", "/v2/session/apps/54e9ujn/webhooks",
                    R"({"url":"https://shop.example/","verification_token":"t","events":[]})");
        BOOST_TEST((answer.status == 201 || answer.code() == "storage_unavailable"));
        return answer.status;
    }

    /// Asks until the answer is this one, as it holds for a second.
    [[nodiscard]] bool gets_ready_to_answer(const int status) const {
        const auto over = std::chrono::steady_clock::now() + Daemon::limit;
        while (std::chrono::steady_clock::now() < over) {
            if (request("GET", "/readyz").status == status) return true;
        }
        return false;
    }

    [[nodiscard]] int lines_with(const std::string_view text) const {
        const auto log = daemon.log();
        int count = 0;
        for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1))
            ++count;
        return count;
    }

    [[nodiscard]] bool logs(const std::string_view text) const {
        const auto over = std::chrono::steady_clock::now() + Daemon::limit;
        while (std::chrono::steady_clock::now() < over) {
            if (lines_with(text) > 0) return true;
            static_cast<void>(request("GET", "/healthz"));  // passes the time
        }
        return false;
    }

    [[nodiscard]] fs::path other() const { return folder.path() / "other.db"; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lost_file_test, Served)

BOOST_AUTO_TEST_CASE(a_removed_file_is_noticed_although_nobody_writes) {
    fs::remove(folder.database());
    BOOST_TEST(logs("is gone"));
}

BOOST_AUTO_TEST_CASE(writes_to_a_file_that_was_moved_away_are_refused_until_it_is_back) {
    BOOST_TEST(logs("signing key made"));  // what is written behind the requests counts below too
    fs::rename(folder.database(), other());
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(create() == 503);
    BOOST_TEST(gets_ready_to_answer(503));
    fs::rename(other(), folder.database());
    BOOST_TEST(create() == 201);
    BOOST_TEST(gets_ready_to_answer(200));
    BOOST_TEST(folder.succeed({"webhook", "list", "--app", "54e9ujn", "--json"}).find("shop.example") !=
               std::string::npos);
    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
    BOOST_TEST(lines_with("takes no writes") == 1);
    BOOST_TEST(lines_with("is gone") == 1 + 3);  // and each refused request names it
    BOOST_TEST(lines_with("takes writes again") == 1);
}

BOOST_AUTO_TEST_CASE(writes_to_a_file_that_was_replaced_are_refused) {
    fs::copy_file(folder.database(), other());
    fs::rename(other(), folder.database());
    BOOST_TEST(create() == 503);
    BOOST_TEST(gets_ready_to_answer(503));
    BOOST_TEST(logs("is another file now"));
    BOOST_TEST(request("GET", "/healthz").status == 200);
}

BOOST_AUTO_TEST_CASE(writes_to_a_file_that_another_database_was_copied_into_are_refused) {
    SQLite::Database(folder.database().string(), SQLite::OPEN_READWRITE)
        .exec("VACUUM INTO '" + other().string() + "'");
    std::ofstream(folder.database(), std::ios::binary) << content_of(other());
    BOOST_TEST(create() == 503);
    BOOST_TEST(gets_ready_to_answer(503));
    BOOST_TEST(logs("holds another database now"));
}

BOOST_AUTO_TEST_CASE(a_file_that_was_cut_ends_no_daemon) {
    fs::resize_file(folder.database(), 0);
    // Rows that were not read before, and a key that was not asked for.
    for (const auto* const path : {"/v2/session/apps/54e9ujn/webhooks", "/v2/session/apps/54e9ujn/mode"}) {
        const auto status = request("GET", path).status;
        BOOST_TEST((status == 200 || status >= 500));
    }
    BOOST_TEST(HttpClient(daemon.port())
                   .request("GET", "/v2/session/apps/54e9ujn/mode", {"unknown", {}, {}})
                   .status >= 400);
    BOOST_TEST(create() == 503);
    BOOST_TEST(gets_ready_to_answer(503));
    BOOST_TEST(logs("is empty"));
    BOOST_TEST(request("GET", "/healthz").status == 200);
    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
