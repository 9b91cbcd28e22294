// The real daemon, killed with SIGKILL at random moments while it publishes and delivers: every acknowledged
// event arrives at every webhook, and what arrives twice was on its way at a kill.
//
//     GATEWAY_FAULT_ROUNDS=200 fault_tests --run_test=delivery_kill_test     more kills
//     GATEWAY_FAULT_SEED=…                                                   the moments of an earlier run

#include "tests/support/delivery_load.hpp"
#include "tests/support/http_client.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

namespace gateway::test {

namespace {

constexpr std::size_t receivers = 4;
constexpr std::size_t webhooks_per_receiver = 5;
constexpr std::size_t publishers = 8;

/// Publishes events, and knows which ones were acknowledged.
class Publisher {
  public:
    explicit Publisher(const DeliveryFolder& folder)
        : path_("/v2/session/apps/" + folder.app() + "/events"), token_(folder.token()) {}

    Clients::Outcome ask(HttpClient& connection) {
        const std::string body =
            R"({"type":"user.deleted","payload":{"user_id":"u","deleted_at":"2025-03-15T12:00:00Z"}})";
        const auto answer = connection.request("POST", path_, {token_, body, {}});
        const auto outcome = outcome_of(answer, 201);
        if (outcome == Clients::Outcome::acknowledged) {
            const std::lock_guard lock(mutex_);
            acknowledged_.emplace(answer.body.at("events").at(0).at("id").as_string());
        }
        return outcome;
    }

    /// The ids; while nobody publishes.
    [[nodiscard]] const std::set<std::string>& acknowledged() const noexcept { return acknowledged_; }

  private:
    const std::string path_;
    const std::string token_;
    std::mutex mutex_;
    std::set<std::string> acknowledged_;  // under mutex_
};

/// How many requests each webhook had got at each kill.
using Kills = std::vector<std::map<std::string, std::size_t>>;

void kill_one(const DeliveryFolder& folder, std::mt19937_64& random, Publisher& publisher, Kills& kills) {
    kill_under_load(folder, random, publishers,
                    [&](HttpClient& connection, std::size_t) { return publisher.ask(connection); });
    auto& counts = kills.emplace_back();
    for (const auto& [webhook, batches] : folder.arrivals())
        counts[webhook] = batches.size();
}

/// That all is there, and that what is there twice was in the last request before a kill.
void check(const DeliveryFolder& folder, const std::set<std::string>& acknowledged, const Kills& kills) {
    const auto arrivals = folder.arrivals();
    BOOST_TEST(arrivals.size() == receivers * webhooks_per_receiver);
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
    const DeliveryFolder folder(receivers, webhooks_per_receiver);
    Publisher publisher(folder);
    Kills kills;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        BOOST_TEST_CONTEXT("round " << round) {
            kill_one(folder, random, publisher, kills);
        }
    }

    deliver_all(folder);
    check(folder, publisher.acknowledged(), kills);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
