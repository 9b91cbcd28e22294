// What the subcommands that administer the database (app, token, webhook) share.
#pragma once

#include "server/api/json_message.hpp"
#include "server/api/paging.hpp"
#include "server/command/subcommand.hpp"
#include "server/command/table.hpp"
#include "storage/values/error.hpp"
#include "storage/values/timestamp.hpp"
#include "storage/values/unreadable.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace gateway::storage {
struct App;
class Snapshot;
}  // namespace gateway::storage

namespace gateway::command {

/// Has `command`, where the user chooses it, do act(settings, options). Gives the options, for the command
/// line to fill in; they live as long as `command`.
template <class Options>
Options& when_chosen(CLI::App& command, Invocation& invocation,
                     int (*const act)(const Settings&, const Options&)) {
    const auto options = std::make_shared<Options>();
    command.callback([&invocation, options, act] {
        invocation.action = [options, act](const LoadedSettings& loaded) {
            return act(loaded.settings, *options);
        };
    });
    return *options;
}

/// A required id, named by its place.
void add_id(CLI::App& command, std::string& id, const std::string& description);

/// `--app ID`.
CLI::Option* add_app_option(CLI::App& command, std::string& id, const std::string& description);

/// `--name NAME`, for people: up to 100 characters.
void add_name_option(CLI::App& command, std::string& name);

/// `--webhook ID`, required.
void add_webhook_option(CLI::App& command, std::string& id);

/// `--<field>` (with "-" for "_"), a field of a request, read as that of a request is. `field` lives as long
/// as the program.
CLI::Option* add_field(CLI::App& command, api::TextFields& fields, std::string_view field,
                       const std::string& description, const std::string& type);

/// A required event type, named by its place.
void add_event_type(CLI::App& command, std::string& type);

/// `--json`.
void add_json_flag(CLI::App& command, OutputFormat& format);

/// Null for "never".
boost::json::value time_or_null(const std::optional<Timestamp>& time);

/// The fields of a message as an answer has them, with null for what is not there.
template <api::Described Message>
Row row_of(const Message& message) {
    const auto there = api::Wire<Message>::write(message, {}).as_object();
    Row row{};
    for (const auto& field : api::message_type<Message>().fields) {
        const auto* const value = there.if_contains(field.text.name);
        row.add(field.text.name, value ? *value : boost::json::value());
    }
    return row;
}

/// Says on stderr which row a list leaves out.
void report_omission(const std::string& fault);

/// The same, and makes the status 1.
storage::ReportUnreadable report_omissions(int& status);

/// Prints those that have no `fault`, reports the others, and gives the status.
template <class Record>
int print_readable(const OutputFormat format, const std::span<const std::string_view> columns,
                   const std::vector<Record>& records, Row (*const row_of)(const Record&)) {
    std::vector<Row> rows;
    for (const auto& record : records) {
        if (record.fault.empty())
            rows.push_back(row_of(record));
        else
            report_omission(record.fault);
    }
    print_list(std::cout, format, columns, rows);
    return rows.size() == records.size() ? 0 : 1;
}

/// Prints a list, and on stderr how to go on where this is not all.
void print_page(OutputFormat format, std::span<const std::string_view> columns, std::span<const Row> rows,
                const std::optional<api::Cursor>& next);

/// Writes with `part` until it says that all is done. The daemon has its turn in between.
template <class Part>
void write_in_parts(storage::CommandDatabase& database, const Part& part) {
    constexpr std::chrono::milliseconds pause(2);
    while (!database.write(part))
        std::this_thread::sleep_for(pause);
}

/// A required scope, named by its place.
void add_scope_name(CLI::App& command, std::string& scope);

/// Throws Failure where there is no such app.
storage::App require_app(storage::Snapshot& snapshot, const std::string& id);

/// Throws Failure also where its sessions are disabled: it has no events then.
storage::App require_enabled_app(storage::Snapshot& snapshot, const std::string& id);

/// What there is, or a Failure with the error's message.
template <class T>
T require(Result<T> result) {
    if (result.has_error()) throw Failure(result.error().message);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace gateway::command
