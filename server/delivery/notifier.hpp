// Tells the operator what the daemon does to webhooks by itself.
#pragma once

#include "server/delivery/signers.hpp"
#include "server/delivery/signing_keys.hpp"
#include "server/log/log.hpp"
#include "server/outgoing/http_client.hpp"
#include "server/settings/delivery_section.hpp"
#include "storage/engine/database.hpp"
#include "storage/tables/deliveries.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <string>

namespace gateway::delivery {

/// POSTs each deactivation to `operator.notify_url`, signed with the key of the webhook's app like a
/// delivery, one after the other, at least once, again by the schedule of the deliveries until it is answered
/// with a 2xx. What the operator was told stands in the tables. Lives on one thread.
class Notifier {
  public:
    /// All of them outlive it.
    struct Parts {
        boost::asio::io_context& context;
        outgoing::HttpClient& client;
        storage::Database& database;
        SigningKeys& keys;
        Signers& signers;
        const DeliverySettings& settings;
        std::string url;  ///< empty: nobody is told
        Log& log;
    };

    explicit Notifier(const Parts& parts) : parts_(parts), pause_(parts.context) {}

    /// There is something to tell, or may be.
    void wake();

    /// Tells this URL from now on; empty: nobody.
    void apply(const std::string& url);

    void stop();

  private:
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<bool> tell_next();
    boost::asio::awaitable<std::string> send(const storage::Deactivation& deactivation);

    Parts parts_;
    boost::asio::steady_timer pause_;
    bool running_ = false;
    bool awake_ = false;
    bool stopping_ = false;
};

}  // namespace gateway::delivery
