// The deliveries of a daemon without its API: events are put into the tables, receivers are real.
#pragma once

#include "server/delivery/deliveries.hpp"
#include "server/outgoing/tls_context.hpp"
#include "tests/support/outgoing_client.hpp"
#include "tests/support/receiver.hpp"
#include "tests/support/signing_fixture.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace gateway::test {

/// Looks again and again until `is_so` says true; throws std::runtime_error after a minute, saying `what` did
/// not come about.
void wait_until(const std::function<bool()>& is_so, const std::string& what);

/// Whoever passes waits until it is open.
class Gate {
  public:
    void open();
    void close();

    /// Returns after a minute at the latest.
    void pass();

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_open_ = false;
};

/// The `events` of a delivery's body, which must be as api.md has it.
boost::json::array events_in(const ReceivedRequest& request);

/// Their ids, of all requests one after the other.
std::vector<std::string> event_ids_in(const std::vector<ReceivedRequest>& requests);

/// Numbers of rows.
using Numbers = std::vector<std::int64_t>;

/// Retries come at once, the clock stands still; nothing is sent before start().
struct DeliveryFixture : SigningFixture {
    Clock clock = db.clock;
    CertificateAuthority authority;
    DeliverySettings settings;
    outgoing::EgressPolicy policy{{"127.0.0.0/8"}};
    TableResolver resolver;  // knows "receiver.test"
    outgoing::TlsContext tls;
    delivery::Feed feed;
    metrics::Metrics metrics{{}};
    delivery::SigningKeys keys;
    delivery::SigningSecrets signing_secrets;
    std::optional<delivery::Deliveries> deliveries;

    DeliveryFixture();

    /// May be called again after stop().
    void start();

    /// Waits for the requests under way.
    void stop() { deliveries.reset(); }

    /// An active webhook's number.
    std::int64_t add_webhook(const std::string& url, const std::string& app_id = app);

    void add_app(const std::string& app_id);

    /// Commits `count` events for these webhooks and tells the dispatcher. Gives their ids.
    std::vector<std::string> publish(const Numbers& webhooks, int count = 1,
                                     const std::string& payload = "{}", const std::string& app_id = app);

    /// The same, but the dispatcher hears nothing of it.
    delivery::Publication queue(const Numbers& webhooks, int count = 1, const std::string& payload = "{}",
                                const std::string& app_id = app);

    /// Waits until a query gives this.
    void wait_for(const std::string& sql, const std::string& rows);

    /// Waits until nothing is pending.
    void wait_for_all() { wait_for("SELECT count(*) FROM deliveries WHERE state = 'pending'", "0"); }
};

}  // namespace gateway::test
