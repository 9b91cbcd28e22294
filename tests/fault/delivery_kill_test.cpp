// The real daemon, killed with SIGKILL at random moments while it publishes and delivers: every acknowledged
// event arrives at every webhook, and what arrives twice was on its way at a kill.
//
//     GATEWAY_FAULT_ROUNDS=200 fault_tests --run_test=delivery_kill_test     more kills
//     GATEWAY_FAULT_SEED=…                                                   the moments of an earlier run

#include "tests/support/daemon.hpp"
#include "tests/support/delivery_fixture.hpp"
#include "tests/support/event_load.hpp"
#include "tests/support/http_client.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace gateway::test {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t receivers_count = 4;
constexpr std::size_t webhooks_per_receiver = 5;
constexpr std::size_t publishers = 8;
constexpr milliseconds first_delivery_within = milliseconds(2'000) * slowness;

/// Webhooks, and receivers that outlive every daemon, one of them with TLS.
class DeliveryFolder : public LoadFolder {
  public:
    DeliveryFolder() : LoadFolder(receivers_count * webhooks_per_receiver) {
        write("authority.pem", authority_.certificate());
        SQLite::Database file(database().string(), SQLite::OPEN_READWRITE);
        SQLite::Statement update(file,
                                 "UPDATE webhooks SET active = 1, events = '[\"user.deleted\"]', url = ?"
                                 " WHERE id = ?");
        for (std::size_t i = 0; i < books().size(); ++i) {
            update.bind(1, receivers_[i / webhooks_per_receiver]->url("/" + std::to_string(i)));
            update.bind(2, books()[i].id);
            update.exec();
            update.reset();
        }
    }

    [[nodiscard]] std::vector<std::string> settings() const {
        return {"delivery.ca_file=" + (path() / "authority.pem").string(), "delivery.first_retry=100ms",
                "delivery.longest_retry=1s", "delivery.allow_networks=127.0.0.0/8",
                "webhooks.allow_http=true"};
    }

    [[nodiscard]] std::size_t requests() const {
        std::size_t count = 0;
        for (const auto& receiver : receivers_)
            count += receiver->requests().size();
        return count;
    }

    /// The ids of each request to each webhook, in their order.
    [[nodiscard]] std::map<std::string, std::vector<std::vector<std::string>>> arrivals() const {
        std::map<std::string, std::vector<std::vector<std::string>>> arrivals;
        for (const auto& receiver : receivers_)
            for (const auto& request : receiver->requests())
                arrivals[request.target].push_back(event_ids_in({request}));
        return arrivals;
    }

    /// Returns when the receivers have read all that a daemon sent that is gone.
    void wait_for_ends() const {
        for (const auto& receiver : receivers_)
            receiver->wait_for_closed(receiver->connections());
    }

  private:
    CertificateAuthority authority_;
    std::vector<std::unique_ptr<Receiver>> receivers_ = made();

    [[nodiscard]] std::vector<std::unique_ptr<Receiver>> made() const {
        std::vector<std::unique_ptr<Receiver>> receivers;
        receivers.push_back(std::make_unique<Receiver>(
            answer(200), ReceiverOptions{.identity = authority_.issue({"127.0.0.1"})}));
        while (receivers.size() < receivers_count)
            receivers.push_back(std::make_unique<Receiver>(answer(200)));
        return receivers;
    }
};

/// Threads that publish until their connections break.
class Publishers {
  public:
    using Watch = std::function<void(std::uint64_t acknowledged)>;

    Publishers(const DeliveryFolder& folder, const std::uint16_t port, std::set<std::string>& acknowledged,
               Watch watch)
        : folder_(folder), port_(port), acknowledged_(acknowledged), watch_(std::move(watch)) {
        for (std::size_t i = 0; i < publishers; ++i)
            threads_.emplace_back([this] { run(); });
    }

    void end() {
        ending_ = true;
        for (auto& thread : threads_)
            thread.join();
    }

  private:
    void run() {
        const std::string body =
            R"({"type":"user.deleted","payload":{"user_id":"u","deleted_at":"2025-03-15T12:00:00Z"}})";
        try {
            HttpClient client(port_);
            while (!ending_) {
                const auto answer = client.request("POST", "/v2/session/apps/" + folder_.app() + "/events",
                                                   {folder_.token(), body, {}});
                if (answer.status == 201)
                    note(std::string(answer.body.at("events").at(0).at("id").as_string()));
            }
        } catch (const std::exception&) {
            // The daemon is gone.
        }
    }

    void note(const std::string& id) {
        const std::lock_guard lock(mutex_);
        acknowledged_.insert(id);
        watch_(++count_);
    }

    const DeliveryFolder& folder_;
    const std::uint16_t port_;
    std::atomic<bool> ending_ = false;
    std::mutex mutex_;
    std::set<std::string>& acknowledged_;  // under mutex_
    std::uint64_t count_ = 0;              // under mutex_
    const Watch watch_;
    std::vector<std::thread> threads_;
};

/// How many requests each webhook had got at each kill.
using Kills = std::vector<std::map<std::string, std::size_t>>;

void kill_one(DeliveryFolder& folder, std::mt19937_64& random, std::set<std::string>& acknowledged,
              Kills& kills) {
    constexpr std::uint64_t most_acknowledged = 300;
    constexpr std::uint64_t longest_pause = 20'000;
    const auto acknowledgements = pick(random, 1, most_acknowledged);
    const bool with_answer = pick(random, 0, 1) == 0;
    const microseconds pause(pick(random, 0, longest_pause));
    const auto before = folder.requests();
    const auto begin = steady_clock::now();
    Daemon daemon(folder.path(), folder.settings());
    std::atomic<bool> is_time = false;
    Publishers load(folder, daemon.port(), acknowledged, [&](const std::uint64_t count) {
        if (count != acknowledgements) return;
        if (with_answer) daemon.signal(SIGKILL);
        is_time = true;
    });
    wait_until([&] { return is_time || folder.requests() > before; }, "a delivery; " + daemon.log());
    if (folder.requests() > before) BOOST_TEST((steady_clock::now() - begin < first_delivery_within));
    wait_until([&] { return is_time.load(); }, "acknowledgements; " + daemon.log());
    if (!with_answer) std::this_thread::sleep_for(pause);  // nothing waits for this
    daemon.signal(SIGKILL);
    load.end();
    daemon.kill();
    folder.wait_for_ends();
    auto& counts = kills.emplace_back();
    for (const auto& [webhook, batches] : folder.arrivals())
        counts[webhook] = batches.size();
}

/// That all is there, and that what is there twice was in the last request before a kill.
void check(const DeliveryFolder& folder, const std::set<std::string>& acknowledged, const Kills& kills) {
    const auto arrivals = folder.arrivals();
    BOOST_TEST(arrivals.size() == receivers_count * webhooks_per_receiver);
    std::size_t lost = 0;
    std::size_t twice = 0;
    std::size_t without_reason = 0;
    for (const auto& [webhook, batches] : arrivals) {
        std::map<std::string, std::size_t> last_in;
        for (std::size_t i = 0; i < batches.size(); ++i) {
            const auto was_last = [&](const std::size_t batch) {
                return std::ranges::any_of(kills, [&](const auto& counts) {
                    const auto found = counts.find(webhook);
                    return found != counts.end() && found->second == batch + 1;
                });
            };
            for (const auto& id : batches[i]) {
                const auto [known, is_new] = last_in.try_emplace(id, i);
                if (is_new) continue;
                ++twice;
                if (!was_last(known->second)) ++without_reason;
                known->second = i;
            }
        }
        for (const auto& id : acknowledged)
            lost += last_in.contains(id) ? 0 : 1;
    }
    BOOST_TEST(lost == 0U);
    BOOST_TEST(without_reason == 0U);
    BOOST_TEST_MESSAGE(acknowledged.size() << " events, " << twice << " of their deliveries came twice");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery_kill_test)

BOOST_AUTO_TEST_CASE(every_acknowledged_event_arrives_whenever_the_daemon_is_killed) {
    constexpr std::uint64_t default_rounds = 20;
    const auto rounds = number_from_environment("GATEWAY_FAULT_ROUNDS", default_rounds);
    const auto seed = seed_from_environment();
    BOOST_TEST_MESSAGE("GATEWAY_FAULT_SEED=" << seed);
    BOOST_TEST_INFO_SCOPE("GATEWAY_FAULT_SEED=" << seed);
    std::mt19937_64 random(seed);
    DeliveryFolder folder;
    std::set<std::string> acknowledged;
    Kills kills;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        BOOST_TEST_CONTEXT("round " << round) {
            kill_one(folder, random, acknowledged, kills);
        }
    }

    Daemon daemon(folder.path(), folder.settings());
    SQLite::Database file(folder.database().string(), SQLite::OPEN_READWRITE, 5'000);
    wait_until(
        [&] {
            SQLite::Statement pending(file, "SELECT count(*) FROM deliveries WHERE state <> 'delivered'");
            pending.executeStep();
            return pending.getColumn(0).getInt() == 0;
        },
        "an end of all deliveries");
    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
    check(folder, acknowledged, kills);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
