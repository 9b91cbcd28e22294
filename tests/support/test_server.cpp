#include "tests/support/test_server.hpp"

#include "server/daemon.hpp"
#include "server/log/log.hpp"
#include "storage/tables/api_tokens.hpp"
#include "storage/tables/apps.hpp"
#include "storage/tables/webhooks.hpp"
#include "storage/values/encoding.hpp"
#include "storage/values/sha256.hpp"

#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>

#include <array>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <fstream>
#include <future>
#include <iterator>
#include <sstream>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <variant>

namespace gateway::test {

namespace {

Settings in_folder_of(const TestFile& file, Settings settings) {
    settings.server.port = 0;
    settings.database.path = file.path();
    settings.secrets.key_file = file.path().parent_path() / "gateway.key";
    if (settings.log.format == LogFormat::automatic) settings.log.format = LogFormat::json;
    return settings;
}

}  // namespace

class TestServer::LogFile {
  public:
    explicit LogFile(std::filesystem::path path)
        : path_(std::move(path)),
          file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
        if (file_ < 0)
            throw std::system_error(errno, std::generic_category(), "cannot open " + path_.string());
    }

    ~LogFile() { ::close(file_); }

    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;

    [[nodiscard]] int file() const { return file_; }

    [[nodiscard]] std::string content() const {
        std::ifstream stream(path_);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

  private:
    std::filesystem::path path_;
    int file_;
};

/// The daemon with a thread that accepts its connections.
class TestServer::Daemon {
  public:
    Daemon(Settings settings, const Clock& clock, const int log_file,
           std::unique_ptr<outgoing::Resolver> resolver, SteadyClock steady, const health::Limits& health)
        : settings_(std::move(settings)),
          log_(settings_.log, clock, {.file = log_file}),
          daemon_(context_, settings_, log_,
                  dependencies(clock, std::move(resolver), std::move(steady), health)),
          addresses_(daemon_.server().addresses()) {
        daemon_.server().start();
        thread_ = std::thread([this] { context_.run(); });
    }

    ~Daemon() {
        // What is still under way would come back to threads that are gone.
        if (stop(HttpClient::limit)) return;
        std::fputs("a test left requests under way that do not end\n", stderr);
        std::terminate();
    }

    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    [[nodiscard]] std::uint16_t port(const std::size_t listener) const {
        return std::get<boost::asio::ip::tcp::endpoint>(addresses_.at(listener).place).port();
    }

    [[nodiscard]] storage::Secrets& secrets() { return daemon_.secrets(); }

    [[nodiscard]] storage::Database& database() { return daemon_.database(); }

    [[nodiscard]] boost::asio::io_context& acceptor() { return context_; }

    void apply(const Settings& settings) {
        std::packaged_task<void()> task([&] { daemon_.apply(settings); });
        auto done = task.get_future();
        boost::asio::post(context_, [&task] { task(); });
        done.get();
    }

    bool stop(const std::chrono::milliseconds timeout) {
        context_.stop();
        if (thread_.joinable()) thread_.join();
        return daemon_.stop(timeout);
    }

  private:
    static command::Dependencies dependencies(const Clock& clock,
                                              std::unique_ptr<outgoing::Resolver> resolver,
                                              SteadyClock steady, const health::Limits& health) {
        command::Dependencies dependencies;
        dependencies.clock = clock;
        dependencies.health = health;
        dependencies.steady = std::move(steady);
        if (resolver) dependencies.resolver = std::move(resolver);
        return dependencies;
    }

    const Settings settings_;
    Log log_;
    boost::asio::io_context context_{1};
    command::Daemon daemon_;
    const std::vector<ListenAddress> addresses_;
    std::thread thread_;
};

TestServer::TestServer(Settings settings, std::unique_ptr<outgoing::Resolver> resolver, SteadyClock steady,
                       const health::Limits& health)
    : log_file_(std::make_unique<LogFile>(file_.path().parent_path() / "gateway.log")),
      daemon_(std::make_unique<Daemon>(in_folder_of(file_, std::move(settings)), clock, log_file_->file(),
                                       std::move(resolver), std::move(steady), health)),
      shell_(file_.path(), clock) {}

TestServer::~TestServer() = default;

std::uint16_t TestServer::port(const std::size_t listener) const {
    return daemon_->port(listener);
}

storage::Database& TestServer::daemon_database() {
    return daemon_->database();
}

boost::asio::io_context& TestServer::acceptor() {
    return daemon_->acceptor();
}

void TestServer::apply(Settings settings) {
    daemon_->apply(in_folder_of(file_, std::move(settings)));
}

bool TestServer::stop(const std::chrono::milliseconds timeout) {
    return daemon_->stop(timeout);
}

std::string TestServer::create_app() {
    auto id = ids_.next_app_id();
    shell_.write([&id](storage::Transaction& transaction) { return insert_app(transaction, id, "Shop"); });
    return id;
}

void TestServer::disable_sessions(const std::string& app_id) {
    shell_.write([&app_id](storage::Transaction& transaction) {
        return storage::set_sessions_enabled(transaction, app_id, false);
    });
}

void TestServer::delete_app(const std::string& app_id) {
    shell_.write(
        [&app_id](storage::Transaction& transaction) { return storage::delete_app(transaction, app_id); });
}

Token TestServer::create_token(const std::optional<std::string>& app_id,
                               const std::optional<Timestamp> expires_at) {
    std::array<std::uint8_t, 32> bytes{};
    system_random(bytes);
    Token token{"sgw_" + base64url_encode(bytes), ids_.next("tok")};
    storage::ApiToken row;
    row.id = token.id;
    row.app_id = app_id;
    row.expires_at = expires_at;
    shell_.write([&](storage::Transaction& transaction) {
        insert_token(transaction, row, sha256_hex(token.text));
        return true;
    });
    return token;
}

void TestServer::revoke_token(const std::string& token_id) {
    shell_.write([&token_id](storage::Transaction& transaction) {
        return storage::revoke_token(transaction, token_id);
    });
}

std::string TestServer::create_webhook(const std::string& app_id,
                                       const std::initializer_list<EventType> events) {
    storage::Webhook webhook;
    webhook.id = ids_.next("web");
    webhook.app_id = app_id;
    webhook.url = "https://shop.example/hook?secret=in-the-query";
    for (const auto event : events)
        webhook.events.add(event);
    webhook.created_at = webhook.updated_at = clock.now();
    shell_.write([&](storage::Transaction& transaction) {
        const auto sealed = daemon_->secrets().seal(transaction, verification_token, webhook.id);
        insert_webhook(transaction, webhook, sealed);
        return true;
    });
    return webhook.id;
}

std::string TestServer::end_and_read_log() {
    daemon_.reset();
    return log_file_->content();
}

std::vector<boost::json::object> TestServer::end_and_read_log_lines() {
    std::istringstream log(end_and_read_log());
    std::vector<boost::json::object> lines;
    for (std::string line; std::getline(log, line);)
        lines.push_back(boost::json::parse(line).as_object());
    return lines;
}

WriteLock::WriteLock(const std::filesystem::path& database)
    : connection_(database.string(), SQLite::OPEN_READWRITE, 5'000) {
    connection_.exec("BEGIN IMMEDIATE");
}

void WriteLock::release() {
    connection_.exec("ROLLBACK");
}

}  // namespace gateway::test
