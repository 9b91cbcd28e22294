#include "server/backup/backup_files.hpp"
#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"
#include "server/command/rules.hpp"
#include "server/version.hpp"
#include "storage/prepared_database.hpp"
#include "storage/served.hpp"
#include "storage/tables/backlog.hpp"
#include "storage/tables/daemon.hpp"
#include "storage/tables/overview.hpp"
#include "storage/tables/pages.hpp"
#include "storage/tables/sealing_key.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <system_error>

namespace gateway::command {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

struct StatusOptions {
    OutputFormat format = OutputFormat::text;
};

/// All that is read from the database, at one moment.
struct Status {
    std::optional<storage::DaemonStart> start;
    storage::FilePages pages;
    std::optional<std::string> key_id;
    storage::Inventory inventory;
    storage::LastMinute rates;
    storage::Backlog backlog;
    std::vector<storage::FailingReceiver> worst;
};

/// Counting ends at its limit.
storage::Backlog count_backlog(storage::Snapshot& snapshot) {
    storage::Backlog backlog;
    while (!backlog.ended && backlog.due < storage::count_limit)
        backlog = storage::find_backlog(snapshot, backlog);
    backlog.due = std::min(backlog.due, storage::count_limit);
    return backlog;
}

Status read_status(storage::Snapshot& snapshot) {
    return {.start = storage::last_daemon_start(snapshot),
            .pages = storage::file_pages(snapshot),
            .key_id = storage::sealing_key_id(snapshot),
            .inventory = storage::count_inventory(snapshot),
            .rates = storage::rates_of_last_minute(snapshot),
            .backlog = count_backlog(snapshot),
            .worst = storage::worst_receivers(snapshot)};
}

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value();
}

std::uint64_t size_of_log(const fs::path& database) {
    std::error_code error;
    const auto size = fs::file_size(database.string() + "-wal", error);
    return error ? 0 : size;
}

json::object rates_of(const std::vector<storage::OutcomeRate>& attempts) {
    json::object rates;
    for (const auto& [outcome, per_minute] : attempts)
        rates.emplace(outcome, per_minute);
    return rates;
}

Row row_of(const storage::FailingReceiver& receiver) {
    Row row{{"webhook_id", receiver.webhook_id},
            {"app_id", receiver.app_id},
            {"failures", receiver.failures},
            {"failing_since", time_or_null(receiver.failing_since)},
            {"last_outcome", receiver.last_outcome}};
    row.add("last_http_code",
            receiver.last_http_code ? json::value(*receiver.last_http_code) : json::value());
    row.add("called_again_at", time_or_null(receiver.called_again_at));
    row.add("url", json::value(receiver.url));
    return row;
}

void add_last_backup(Row& row, const Settings& settings, const fs::path& database) {
    const auto backups = backup::find_backups(backup_folder(settings), database);
    row.add("last_backup", backups.empty() ? json::value() : json::value(backups.back().path.string()));
    row.add("last_backup_at", backups.empty() ? json::value() : time_or_null(backups.back().made_at));
}

Row row_of(const Status& status, const storage::CommandDatabase& database, const int migration) {
    const bool runs = storage::is_served(database.path());
    Row row{{"version", version()}, {"daemon_runs", runs}};
    const bool tells_start = runs && status.start;
    row.add("daemon_version", tells_start ? json::value(status.start->version) : json::value());
    row.add("daemon_since", tells_start ? time_or_null(status.start->started_at) : json::value());
    row.add("database", json::value(database.path().string()));
    row.add("database_bytes", status.pages.size * status.pages.count);
    row.add("free_bytes", status.pages.size * status.pages.free);
    row.add("log_bytes", size_of_log(database.path()));
    row.add("migration", migration);
    row.add("key_id", text_or_null(status.key_id));
    row.add("apps", status.inventory.apps);
    row.add("active_webhooks", status.inventory.active_webhooks);
    row.add("inactive_webhooks", status.inventory.inactive_webhooks);
    row.add("live_tokens", status.inventory.tokens);
    row.add("users", status.inventory.users);
    row.add("counted_up_to", storage::count_limit);
    row.add("events_per_minute", status.rates.events);
    row.add("attempts_per_minute", rates_of(status.rates.attempts));
    row.add("due_deliveries", status.backlog.due);
    row.add("oldest_due", time_or_null(status.backlog.oldest));
    return row;
}

int print_status(const Settings& settings, const StatusOptions& options) {
    constexpr std::array<std::string_view, 7> columns{"webhook_id",     "app_id",       "failures",
                                                      "failing_since",  "last_outcome", "last_http_code",
                                                      "called_again_at"};
    const auto migrations = storage::migration_status(settings.database.path, system_now);
    auto database = open_database(settings);
    const auto status = database.read(read_status);
    Row row = row_of(status, database, migrations.back().number);
    add_last_backup(row, settings, database.path());

    std::vector<Row> worst;
    worst.reserve(status.worst.size());
    for (const auto& receiver : status.worst)
        worst.push_back(row_of(receiver));
    if (options.format == OutputFormat::json) {
        std::ostringstream list;
        print_list(list, options.format, columns, worst);
        auto text = list.str();
        text.pop_back();  // its end of line
        row.add_json("worst_receivers", text);
    }
    print_one(std::cout, options.format, row);
    if (options.format == OutputFormat::text && !worst.empty()) {
        std::cout << '\n';
        print_list(std::cout, options.format, columns, worst);
    }
    return 0;
}

}  // namespace

void add_status(CLI::App& line, Invocation& invocation) {
    auto* const command = add_command(
        line, "status", "Print what there is and what is going on, whether the daemon runs or not");
    auto& options = when_chosen(*command, invocation, print_status);
    add_json_flag(*command, options.format);
}

}  // namespace gateway::command
