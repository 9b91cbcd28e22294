// The public keys of apps, as a receiver gets them from the daemon.
#pragma once

#include "server/command/signatures.hpp"
#include "server/outgoing/http_client.hpp"
#include "server/outgoing/system_resolver.hpp"
#include "server/outgoing/tls_context.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <list>
#include <map>
#include <string>

namespace gateway::command {

/// Fetches the JWK Set of each app when a key is asked for that it has not seen, once a second at most.
/// Remembers those of 100 apps.
class KeySets {
  public:
    struct Found {
        PublicKey key;      ///< null where there is none
        std::string fault;  ///< why, for a person to read
    };

    /// `gateway` is the daemon's url, e.g. "http://127.0.0.1:8080". On the context's one thread.
    KeySets(boost::asio::io_context& context, std::string gateway);

    boost::asio::awaitable<Found> find(std::string app_id, std::string key_id);

    /// Fetches nothing more, so that the context comes to its end.
    void stop() { client_.stop(); }

  private:
    struct App {
        explicit App(const boost::asio::any_io_executor& executor)
            : fetched(executor, boost::asio::steady_timer::time_point::max()) {}

        KeySet keys;
        std::string fault;  ///< of the last fetch
        std::chrono::steady_clock::time_point asked_at{};
        bool under_way = false;
        boost::asio::steady_timer fetched;  ///< cancelled when a fetch has ended
    };

    boost::asio::awaitable<void> refresh(App& app, std::string url);

    std::string gateway_;
    outgoing::EgressPolicy anywhere_{{"0.0.0.0/0", "::/0"}};
    outgoing::SystemResolver resolver_{{.threads = 1, .queue = 16, .threads_of_one = 1, .queue_of_one = 16}};
    outgoing::TlsContext tls_;
    outgoing::HttpClient client_;
    boost::asio::any_io_executor executor_;
    std::map<std::string, App> apps_;
};

}  // namespace gateway::command
