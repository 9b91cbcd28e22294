// The keys that the apps' deliveries are signed with: found, remembered, and made where there are none.
#pragma once

#include "server/delivery/recent.hpp"
#include "server/delivery/signing_key.hpp"
#include "server/delivery/told_once.hpp"
#include "server/log/log.hpp"
#include "storage/engine/database.hpp"
#include "storage/secrets/secrets.hpp"
#include "storage/values/type_id.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

namespace gateway::delivery {

/// A thread of its own makes a key for each app that has none, one after the other: for those that are asked
/// for at once, and for the others, whoever made them, in the background. What another process changes of the
/// keys holds within `kept_for`. Functions may be called from any thread.
class SigningKeys {
  public:
    struct Parts {
        storage::Database& database;
        storage::Secrets& secrets;
        IdSource& ids;
        Log& log;
        std::chrono::milliseconds kept_for{3'000};
        std::chrono::milliseconds pause{2'000};  ///< between two looks for apps without a key
        std::function<RsaKey(const std::stop_token&)> generate = RsaKey::generate;
    };

    /// All parts outlive it. Throws std::system_error where the thread cannot be started.
    explicit SigningKeys(const Parts& parts);

    /// Gives up the key that is being made. Nobody may wait for a key then.
    ~SigningKeys();
    SigningKeys(const SigningKeys&) = delete;
    SigningKeys& operator=(const SigningKeys&) = delete;

    /// The key that the app signs with now; where it has none, once one is made. Never null. Throws
    /// CannotSign where there is no such app or its key does not open, and what the database and the key file
    /// throw.
    boost::asio::awaitable<SigningKeyPtr> key_of(std::string app_id);

    /// Has a key made for an app that has none, and does not wait for it.
    void want(std::string app_id);

  private:
    struct Found {
        SigningKeyPtr key;
        bool is_missing = false;  ///< the app has none
        std::string fault;        ///< where there is neither
    };

    struct Making {
        boost::asio::steady_timer over;  ///< cancelled then
        std::exception_ptr failure = {};
    };

    boost::asio::awaitable<Found> find(std::string app_id);

    // On the thread, which alone looks at what is below them:

    boost::asio::awaitable<void> make_missing();
    boost::asio::awaitable<void> make(std::string app_id);
    boost::asio::awaitable<void> make_unless_there(const std::string& app_id);
    void note_failure(const std::exception_ptr& error);

    Parts parts_;
    Recent<Found> recent_;
    ToldOnce told_;

    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer pause_{context_};
    std::map<std::string, std::shared_ptr<Making>> being_made_;
    bool failing_ = false;
    std::stop_source stop_;
    std::thread thread_;
};

}  // namespace gateway::delivery
