// usage: storage_limit reference|own DATABASE full|normal GROUP SECONDS
//        storage_limit seed DATABASE WEBHOOKS
//
// What one thread can do with addWebhookEvent and no HTTP: the limit that the daemon is measured against.
// Requests are committed in groups, each request in a savepoint of its own; checkpoints run as in the daemon.
//
//   reference  five small statements on a normalised schema (which `seed` makes): the fixed yardstick
//   own        what the daemon does, on a database of its own
//
// Every webhook starts with 3 of the 7 events. The load adds each of the missing 4 to all webhooks, then
// removes them again, and so on, so that every request changes something. Prints
//
//   requests/s, p50 and p99 of a group's transaction in milliseconds, per cent of the requests that changed
//   something

#include "server/api/access.hpp"
#include "server/api/webhooks.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/log_keeper.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace gateway;  // NOLINT(google-build-using-namespace): a program of one file
using SteadyClock = std::chrono::steady_clock;

constexpr std::array missing{EventType::user_identifier_created, EventType::user_identifier_deleted,
                             EventType::user_session_created, EventType::user_session_revoked};

constexpr std::uint64_t checkpoint_size = 64U << 20U;  // the daemon's default

struct Request {
    std::size_t webhook;
    EventType event;
    bool adds;
};

/// The n-th request of the load; a prime stride takes each to another place of the database.
Request request_number(const std::size_t number, const std::size_t webhooks) {
    constexpr std::size_t stride = 104'729;
    const std::size_t round = number / webhooks % (2 * missing.size());
    return {number * stride % webhooks, missing[round % missing.size()], round < missing.size()};
}

/// What is measured: the requests of one kind of database. apply() tells whether the request changed
/// something.
class Contender {
  public:
    Contender() = default;
    virtual ~Contender() = default;
    Contender(const Contender&) = delete;
    Contender& operator=(const Contender&) = delete;

    virtual bool apply(storage::Transaction& transaction, const Request& request) = 0;
    [[nodiscard]] virtual std::size_t webhooks() const = 0;
};

std::vector<std::string> ids_of(storage::Connection& connection) {
    std::vector<std::string> ids;
    storage::Query row = connection.query("SELECT id FROM webhooks ORDER BY number");
    while (row.step())
        ids.emplace_back(row.text(0));
    return ids;
}

std::string first_text(storage::Connection& connection, const storage::Sql sql) {
    storage::Query row = connection.query(sql);
    row.step();
    return std::string(row.text(0));
}

class Reference final : public Contender {
  public:
    explicit Reference(storage::Connection& connection)
        : ids_(ids_of(connection)), app_(first_text(connection, "SELECT id FROM apps")) {}

    bool apply(storage::Transaction& transaction, const Request& request) override {
        const auto& webhook = ids_[request.webhook];
        const std::string event(to_string(request.event));
        if (!transaction.query("SELECT sessions_enabled FROM apps WHERE id = ?", app_).step()) return false;
        storage::Query found =
            transaction.query("SELECT number FROM webhooks WHERE id = ? AND app_id = ?", webhook, app_);
        if (!found.step()) return false;
        const auto number = found.integer(0);
        const int changed =
            request.adds ? transaction.execute(
                               "INSERT INTO webhook_events (webhook, event) VALUES (?, ?)"
                               " ON CONFLICT DO NOTHING",
                               number, event)
                         : transaction.execute("DELETE FROM webhook_events WHERE webhook = ? AND event = ?",
                                               number, event);
        transaction.execute("UPDATE webhooks SET updated_at = ? WHERE number = ?", transaction.now(), number);
        storage::Query row = transaction.query(
            "SELECT id, url, active, created_at, updated_at, (SELECT group_concat(event) FROM (SELECT event "
            "FROM"
            " webhook_events WHERE webhook = ?1 ORDER BY position)) FROM webhooks WHERE number = ?1",
            number);
        return row.step() && changed == 1;
    }

    [[nodiscard]] std::size_t webhooks() const override { return ids_.size(); }

  private:
    std::vector<std::string> ids_;
    std::string app_;
};

class Own final : public Contender {
  public:
    explicit Own(storage::Connection& connection)
        : ids_(ids_of(connection)),
          app_(first_text(connection, "SELECT id FROM apps")),
          token_(first_text(connection, "SELECT id FROM api_tokens")) {}

    bool apply(storage::Transaction& transaction, const Request& request) override {
        const auto& id = ids_[request.webhook];
        if (api::check_access(transaction, token_, app_).has_error()) return false;
        const auto change = request.adds ? api::add_webhook_event : api::remove_webhook_event;
        const auto response = change(transaction, {app_, id, request.event});
        return response.has_value() && response->webhook.updated_at.time >= transaction.now();
    }

    [[nodiscard]] std::size_t webhooks() const override { return ids_.size(); }

  private:
    std::vector<std::string> ids_;
    std::string app_;
    std::string token_;
};

double percentile(std::vector<double>& values, const double share) {
    const auto at =
        std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())));
    std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
    return values[at];
}

void measure(const std::string& kind, const storage::ConnectionOptions& options, const std::size_t group,
             const std::chrono::seconds duration) {
    storage::prepare_sqlite();
    storage::Connection connection(options);
    const auto report = [](storage::Severity, const std::string& message) {
        std::cerr << "storage_limit: " << message << '\n';
    };
    storage::LogKeeper log(connection, options, checkpoint_size, storage::Checkpoints::automatic, report);
    storage::RowMemory memory;
    std::unique_ptr<Contender> contender;
    if (kind == "own") {
        contender = std::make_unique<Own>(connection);
    } else {
        contender = std::make_unique<Reference>(connection);
    }

    std::size_t requests = 0;
    std::size_t changed = 0;
    std::vector<double> times;
    const auto begin = SteadyClock::now();
    auto now = begin;
    while (now - begin < duration) {
        const auto started = now;
        connection.query("BEGIN IMMEDIATE").step();
        for (std::size_t i = 0; i < group; ++i) {
            storage::Transaction transaction(connection, &memory, system_now());
            changed +=
                contender->apply(transaction, request_number(requests++, contender->webhooks())) ? 1 : 0;
            transaction.keep();
        }
        connection.query("COMMIT").step();
        log.look_after();
        now = SteadyClock::now();
        times.push_back(std::chrono::duration<double, std::milli>(now - started).count());
    }
    const double seconds = std::chrono::duration<double>(now - begin).count();
    std::printf("%.0f %.3f %.3f %.1f\n", static_cast<double>(requests) / seconds, percentile(times, 0.5),
                percentile(times, 0.99),
                100.0 * static_cast<double>(changed) / static_cast<double>(requests));
}

/// A normalised database as most would design it.
void seed(const std::string& path, const std::string& webhooks) {
    SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec(R"(
        PRAGMA journal_mode = WAL;
        CREATE TABLE apps (id TEXT PRIMARY KEY, sessions_enabled INTEGER NOT NULL) STRICT;
        CREATE TABLE webhooks (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, app_id TEXT NOT NULL REFERENCES apps (id),
            url TEXT NOT NULL, active INTEGER NOT NULL DEFAULT 0, last_http_code INTEGER, last_http_code_date TEXT,
            created_at TEXT NOT NULL, updated_at TEXT NOT NULL, verification_token_sealed BLOB NOT NULL) STRICT;
        CREATE INDEX webhooks_by_app ON webhooks (app_id);
        CREATE TABLE webhook_events (
            position INTEGER PRIMARY KEY, webhook INTEGER NOT NULL REFERENCES webhooks (number) ON DELETE CASCADE,
            event TEXT NOT NULL, UNIQUE (webhook, event)) STRICT;
        INSERT INTO apps VALUES ('0000000', 1);)");
    database.exec(
        "BEGIN; WITH RECURSIVE counter(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counter WHERE n + 1 < " +
        webhooks + R"()
        INSERT INTO webhooks (id, app_id, url, created_at, updated_at, verification_token_sealed)
        SELECT printf('web_%026d', n), '0000000', 'https://example.com/hooks/' || n, '2025-01-01T00:00:00.000Z',
               '2025-01-01T00:00:00.000Z', randomblob(48) FROM counter;
        INSERT INTO webhook_events (webhook, event)
        SELECT number, value FROM webhooks, json_each('["user.created","user.deleted","user.profile.updated"]');
        COMMIT;)");
}

}  // namespace

int main(const int argc, const char* const* const argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    try {
        if (words.size() == 3 && words[0] == "seed") {
            seed(words[1], words[2]);
        } else if (words.size() == 5 && (words[0] == "reference" || words[0] == "own")) {
            const storage::ConnectionOptions options{.path = words[1],
                                                     .synchronous = words[2] == "full"
                                                                        ? storage::Synchronous::full
                                                                        : storage::Synchronous::normal};
            measure(words[0], options, std::stoul(words[3]), std::chrono::seconds(std::stoi(words[4])));
        } else {
            std::cerr << "usage: storage_limit reference|own DATABASE full|normal GROUP SECONDS\n"
                         "       storage_limit seed DATABASE WEBHOOKS\n";
            return 2;
        }
    } catch (const std::exception& error) {
        std::cerr << "storage_limit: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
