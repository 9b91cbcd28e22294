// The real daemon, killed with SIGKILL at random moments under load: whatever a client was told holds.
//
//     GATEWAY_FAULT_ROUNDS=200 fault_tests --run_test=kill_test     more kills
//     GATEWAY_FAULT_SEED=…                                          the requests and moments of an earlier
//     run

#include "tests/support/daemon.hpp"
#include "tests/support/event_load.hpp"
#include "tests/support/http_client.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <csignal>

namespace gateway::test {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t clients = 32;  // the larger the groups, the longer a kill may find one on its way

constexpr std::chrono::seconds ready_within{2 * slowness};

/// Starts the daemon, which must get ready in time.
class TimedDaemon {
  public:
    TimedDaemon(const LoadFolder& folder, const std::vector<std::string>& settings)
        : daemon_(folder.path(), settings) {
        const auto answer = HttpClient(daemon_.port()).request("GET", "/readyz");
        took_ = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - started_);
        BOOST_TEST(answer.status == 200);
        BOOST_TEST((took_ < ready_within), "it took " << took_.count() << " ms to get ready");
    }

    Daemon* operator->() { return &daemon_; }

    [[nodiscard]] std::chrono::milliseconds took() const { return took_; }

  private:
    steady_clock::time_point started_ = steady_clock::now();
    Daemon daemon_;
    std::chrono::milliseconds took_{};
};

/// Serves under load until a moment that `random` chooses, is killed, and what it leaves is held against
/// what it promised. Gives the time it took to get ready.
std::chrono::milliseconds kill_one(LoadFolder& folder, std::mt19937_64& random) {
    // Small ones, so that checkpoints are killed too.
    static constexpr std::array checkpoint_sizes{"64KiB", "256KiB", "64MiB"};
    constexpr std::uint64_t most_acknowledged = 300;
    constexpr std::uint64_t longest_pause = 3'000;
    const std::string checkpoint_size = checkpoint_sizes[pick(random, 0, checkpoint_sizes.size() - 1)];
    const auto acknowledged = pick(random, 1, most_acknowledged);
    // Either with an answer, while the group that it was given for may still be on its way, or off the beat.
    const bool with_answer = pick(random, 0, 3) != 0;
    const std::chrono::microseconds pause(pick(random, 0, longest_pause));

    TimedDaemon daemon(folder, {"database.checkpoint_size=" + checkpoint_size});
    const auto kill_at_answer = [&](const std::uint64_t count) {
        if (with_answer && count == acknowledged) daemon->signal(SIGKILL);
    };
    EventLoad load(folder, daemon->port(), clients, random(), kill_at_answer);
    BOOST_TEST(load.wait_for(acknowledged), "the clients ended early: " << daemon->log());
    if (!with_answer) std::this_thread::sleep_for(pause);  // nothing waits for this
    daemon->signal(SIGKILL);
    load.join();
    daemon->kill();  // only now: a client may be about to signal it, too
    BOOST_TEST(load.complaint() == "");
    BOOST_TEST(folder.compare_copy() == "");
    return daemon.took();
}

/// Another process that fills the log, which stays in place when it goes: the daemon still has it open.
void grow_log(const LoadFolder& folder, const std::uintmax_t size) {
    constexpr int busy_timeout = 10'000;
    const std::filesystem::path log = folder.database().string() + "-wal";
    SQLite::Database shell(folder.database().string(), SQLite::OPEN_READWRITE, busy_timeout);
    shell.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF");
    while (std::filesystem::file_size(log) < size)
        shell.exec("UPDATE webhooks SET verification_token_sealed = randomblob(2000)");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kill_test)

BOOST_AUTO_TEST_CASE(every_acknowledged_event_and_nothing_else_survives_kills_under_load) {
    constexpr std::uint64_t default_rounds = 20;
    constexpr std::uint64_t webhooks_per_round = 100;  // 700 events: more than are acknowledged in one
    const auto rounds = number_from_environment("GATEWAY_FAULT_ROUNDS", default_rounds);
    const auto seed = seed_from_environment();
    BOOST_TEST_MESSAGE("GATEWAY_FAULT_SEED=" << seed);
    BOOST_TEST_INFO_SCOPE("GATEWAY_FAULT_SEED=" << seed);

    std::mt19937_64 random(seed);
    LoadFolder folder(rounds * webhooks_per_round);
    std::chrono::milliseconds slowest{};
    for (std::uint64_t round = 0; round < rounds; ++round) {
        BOOST_TEST_CONTEXT("round " << round) {
            slowest = std::max(slowest, kill_one(folder, random));
        }
    }

    TimedDaemon daemon(folder, {});
    daemon->signal(SIGTERM);
    BOOST_TEST(daemon->wait() == 0);
    BOOST_TEST(folder.compare(folder.database()) == "");
    BOOST_TEST_MESSAGE("ready within " << slowest.count() << " ms after each of " << rounds << " kills");
}

BOOST_AUTO_TEST_CASE(it_is_soon_ready_again_with_a_log_of_64_mib) {
    constexpr std::size_t webhooks = 2'000;
    constexpr std::uintmax_t log_size = 64U << 20U;
    const std::vector<std::string> settings{"database.checkpoint_size=1GiB"};
    LoadFolder folder(webhooks);
    {
        Daemon daemon(folder.path(), settings);
        grow_log(folder, log_size);
        EventLoad load(folder, daemon.port(), clients, seed_from_environment());
        BOOST_TEST(load.wait_for(clients), daemon.log());
        daemon.kill();
        load.join();
    }
    BOOST_TEST(folder.compare_copy() == "");
    const TimedDaemon daemon(folder, settings);
    BOOST_TEST_MESSAGE("ready after " << daemon.took().count() << " ms");
    BOOST_TEST(folder.compare_copy() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
