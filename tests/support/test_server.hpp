// The whole server in this process: a real database file, a real socket, a clock that the test sets.
#pragma once

#include "server/health/watchdog.hpp"
#include "server/outgoing/resolver.hpp"
#include "server/settings/settings.hpp"
#include "storage/values/event_set.hpp"
#include "storage/values/timestamp.hpp"
#include "storage/values/type_id.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/test_database.hpp"

#include <SQLiteCpp/Database.h>
#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::test {

/// A key as its holder knows it, and as the operator does.
struct Token {
    std::string text;  ///< "sgw_" and 43 characters
    std::string id;    ///< `tok_…`
};

/// What every webhook of create_webhook() is made with; no answer and no log line holds it.
inline constexpr std::string_view verification_token = "correct-horse-battery-staple";

/// Listens on a free port. For one thread, except connect() and request(). Its rows are written
/// as a subcommand writes them: by a connection of their own.
class TestServer {
  public:
    TestClock clock;

    using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;

    /// The defaults, or `settings`; port and paths are not looked at. Names of receivers are looked
    /// up with `resolver`, and `steady` tells how time passes; by default the system's. The watchdog keeps to
    /// `health`.
    explicit TestServer(Settings settings = {}, std::unique_ptr<outgoing::Resolver> resolver = nullptr,
                        SteadyClock steady = std::chrono::steady_clock::now,
                        const health::Limits& health = {});

    /// Waits for what is under way.
    ~TestServer();
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;

    /// Of a listener, counted from 0; none of a Unix socket.
    [[nodiscard]] std::uint16_t port(std::size_t listener = 0) const;

    [[nodiscard]] HttpClient connect(const std::size_t listener = 0) const {
        return HttpClient(port(listener));
    }

    /// Sends one request on a connection of its own.
    [[nodiscard]] Answer request(std::string_view method, std::string_view target,
                                 const RequestParts& parts = {}) const {
        return connect().request(method, target, parts);
    }

    /// The daemon's own, for jobs of a test's.
    [[nodiscard]] storage::Database& daemon_database();

    /// The context that accepts connections.
    [[nodiscard]] boost::asio::io_context& acceptor();

    /// As command::Daemon::apply(); port and paths are not looked at.
    void apply(Settings settings);

    /// As HttpServer::stop(). May be called again after it has overrun.
    bool stop(std::chrono::milliseconds timeout = HttpClient::limit);

    // What an operator does:

    std::string create_app();
    void disable_sessions(const std::string& app_id);
    void delete_app(const std::string& app_id);
    /// For one app, or for all where `app_id` is nothing.
    Token create_token(const std::optional<std::string>& app_id,
                       std::optional<Timestamp> expires_at = std::nullopt);
    void revoke_token(const std::string& token_id);
    std::string create_webhook(const std::string& app_id, std::initializer_list<EventType> events = {});

    /// Runs SQL as a person with `sqlite3` does and gives the rows: a line each, columns split by "|".
    std::string ask(const std::string& sql) const { return file_.ask(sql); }

    void tamper(const std::string& sql) const { file_.tamper(sql); }

    [[nodiscard]] std::filesystem::path database() const { return file_.path(); }

    /// Stops, ends the log and gives what it holds, a text or an object for each line.
    std::string end_and_read_log();
    std::vector<boost::json::object> end_and_read_log_lines();

  private:
    class Daemon;
    class LogFile;

    TestFile file_{clock};
    std::unique_ptr<LogFile> log_file_;
    std::unique_ptr<Daemon> daemon_;
    storage::CommandDatabase shell_;
    IdSource ids_{clock, system_random};
};

/// Holds the write lock of a database as another process would, until it is released or destroyed.
class WriteLock {
  public:
    explicit WriteLock(const std::filesystem::path& database);

    void release();

  private:
    SQLite::Database connection_;
};

/// A server with an app, its key and a webhook: what nearly every test begins with.
struct TestApi {
    explicit TestApi(const Settings& settings = {}) : server(settings) {}

    TestServer server;
    std::string app = server.create_app();
    Token token = server.create_token(app);
    std::string webhook = server.create_webhook(app);
    HttpClient client = server.connect();

    [[nodiscard]] std::string webhooks_path() const { return "/v2/session/apps/" + app + "/webhooks"; }

    [[nodiscard]] std::string webhook_path() const { return webhooks_path() + "/" + webhook; }

    [[nodiscard]] std::string events_path() const { return webhook_path() + "/events"; }

    /// addWebhookEvent with this body.
    Answer post(const std::string& body) {
        return client.request("POST", events_path(), {token.text, body, {}});
    }

    /// addWebhookEvent with an honest body.
    Answer add(std::string_view event) { return post(event_body(event)); }

    /// The request that add() sends.
    [[nodiscard]] std::string add_text(std::string_view event, Headers headers = {}) const {
        return request_text("POST", events_path(), {token.text, event_body(event), std::move(headers)});
    }

    Answer get_webhook() { return client.request("GET", webhook_path(), {token.text, {}, {}}); }

    static std::string event_body(std::string_view event) {
        return R"({"event":")" + std::string(event) + R"("})";
    }
};

}  // namespace gateway::test
