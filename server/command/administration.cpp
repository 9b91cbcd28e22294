#include "server/command/administration.hpp"

#include "server/api/api_errors.hpp"
#include "server/command/line_parts.hpp"
#include "server/text/plain_text.hpp"
#include "server/text/quote.hpp"
#include "storage/tables/apps.hpp"

#include <algorithm>
#include <iostream>

namespace gateway::command {

namespace {

constexpr std::size_t longest_name = 100;

/// Empty where the name is fine.
std::string fault_in_name(const std::string& name) {
    return fault_in_plain_text(name, 0, longest_name).value_or("");
}

}  // namespace

void add_id(CLI::App& command, std::string& id, const std::string& description) {
    add_text(command, "ID", id, description)->required()->type_name("");
}

CLI::Option* add_app_option(CLI::App& command, std::string& id, const std::string& description) {
    return add_text(command, "--app", id, description)->type_name("ID");
}

void add_name_option(CLI::App& command, std::string& name) {
    add_text(command, "--name", name, "A name for people, up to 100 characters")
        ->type_name("NAME")
        ->check(CLI::Validator(fault_in_name, ""));
}

void add_webhook_option(CLI::App& command, std::string& id) {
    add_text(command, "--webhook", id, "The webhook, web_...")->required()->type_name("ID");
}

CLI::Option* add_field(CLI::App& command, api::TextFields& fields, const std::string_view field,
                       const std::string& description, const std::string& type) {
    const auto add = [&fields, field](const std::string& text) { fields.push_back({field, text}); };
    auto option = "--" + std::string(field);
    std::ranges::replace(option, '_', '-');
    return command.add_option_function<std::string>(option, add, description)->type_name(type);
}

void add_event_type(CLI::App& command, std::string& type) {
    const std::vector<std::string> known(event_type_names.begin(), event_type_names.end());
    add_text(command, "TYPE", type, "The event, e.g. user.created")
        ->required()
        ->check(CLI::IsMember(known).description(""));
}

void add_json_flag(CLI::App& command, OutputFormat& format) {
    command.add_flag_callback(
        "--json", [&format] { format = OutputFormat::json; }, "Print JSON, for programs");
}

boost::json::value time_or_null(const std::optional<Timestamp>& time) {
    if (!time) return nullptr;
    return boost::json::value(format_timestamp(*time));
}

void report_omission(const std::string& fault) {
    std::cerr << "session-gateway: left out: " << printable(fault) << '\n';
}

storage::ReportUnreadable report_omissions(int& status) {
    return [&status](const std::string& fault) {
        report_omission(fault);
        status = 1;
    };
}

void add_scope_name(CLI::App& command, std::string& scope) {
    add_text(command, "SCOPE", scope, "The scope, e.g. orders:read")->required()->type_name("");
}

storage::App require_app(storage::Snapshot& snapshot, const std::string& id) {
    auto app = storage::find_app(snapshot, id);
    if (!app) throw Failure("there is no app " + quote(id) + "; `session-gateway app list` shows them all");
    return *std::move(app);
}

storage::App require_enabled_app(storage::Snapshot& snapshot, const std::string& id) {
    auto app = require_app(snapshot, id);
    if (!app.sessions_enabled) throw Failure("sessions are disabled for this app");
    return app;
}

void print_page(const OutputFormat format, const std::span<const std::string_view> columns,
                const std::span<const Row> rows, const std::optional<api::Cursor>& next) {
    print_list(std::cout, format, columns, rows);
    if (!next) return;
    std::cerr << "session-gateway: there may be more: --cursor "
              << api::Wire<api::Cursor>::write(*next, {}).as_string().c_str() << '\n';
}

}  // namespace gateway::command
