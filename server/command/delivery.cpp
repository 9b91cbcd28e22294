#include "server/api/deliveries.hpp"
#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"
#include "server/command/webhook.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <iostream>

namespace gateway::command {

namespace {

/// What a list is asked for: the texts of a request's fields, read as those of a request are.
struct ListOptions {
    std::string webhook_id;
    api::TextFields filters;
    OutputFormat format = OutputFormat::text;
};

/// What `list` gives of the webhook, for a request with these filters.
template <class Request, class Response>
Response ask(const Settings& settings, const ListOptions& options,
             Result<Response> (*const list)(storage::Snapshot&, const Request&)) {
    auto database = open_database(settings);
    return require(database.read([&](storage::Snapshot& snapshot) -> Result<Response> {
        const auto webhook = require_webhook(snapshot, options.webhook_id);
        api::RequestSource source{options.filters, std::nullopt};
        source.texts.push_back({"app_id", webhook.app_id});
        source.texts.push_back({"webhook_id", webhook.id});
        const auto request = api::read_request<Request>(source);
        if (request.has_error()) return request.error();
        return list(snapshot, *request);
    }));
}

template <class Message>
std::vector<Row> rows_of(const std::vector<Message>& messages) {
    std::vector<Row> rows;
    for (const auto& message : messages)
        rows.push_back(row_of(message));
    return rows;
}

int list_deliveries(const Settings& settings, const ListOptions& options) {
    constexpr std::array<std::string_view, 6> columns{"event_id",        "type",        "status", "attempts",
                                                      "next_attempt_at", "last_outcome"};
    const auto page = ask(settings, options, api::list_deliveries);
    print_page(options.format, columns, rows_of(page.deliveries), page.next_cursor);
    return 0;
}

int list_attempts(const Settings& settings, const ListOptions& options) {
    constexpr std::array<std::string_view, 6> columns{"id",        "started_at", "duration_ms",
                                                      "http_code", "outcome",    "event_ids"};
    const auto page = ask(settings, options, api::list_attempts);
    print_page(options.format, columns, rows_of(page.attempts), page.next_cursor);
    return 0;
}

/// `list --webhook ID …`, with the filters that all lists have.
ListOptions& add_list(CLI::App& parent, Invocation& invocation, const std::string& description,
                      int (*const list)(const Settings&, const ListOptions&)) {
    auto* const command = add_command(parent, "list", description);
    auto& options = when_chosen(*command, invocation, list);
    add_webhook_option(*command, options.webhook_id);
    add_field(*command, options.filters, "since", "Only from this time on, e.g. 2025-03-15T12:00:00Z",
              "TIME");
    add_field(*command, options.filters, "until", "Only before this time", "TIME");
    add_field(*command, options.filters, "limit", "How many at most, 1 to 250; 50 when it is not given",
              "NUMBER");
    add_field(*command, options.filters, "cursor", "Go on where an earlier page said", "CURSOR");
    add_json_flag(*command, options.format);
    return options;
}

}  // namespace

void add_delivery(CLI::App& line, Invocation& invocation) {
    auto* const delivery =
        add_command(line, "delivery", "See what became of events at a webhook, and retry them");
    delivery->require_subcommand(1);
    auto& options = add_list(*delivery, invocation, "Print the deliveries of a webhook, newest event first",
                             list_deliveries);
    auto& list = *delivery->get_subcommand("list");
    add_field(list, options.filters, "status", "Only those that are pending, delivered or expired", "STATUS");
    add_field(list, options.filters, "type", "Only those of this type of event, e.g. user.created", "TYPE");
    add_retry(*delivery, invocation);
}

void add_attempt(CLI::App& line, Invocation& invocation) {
    auto* const attempt = add_command(line, "attempt", "See the requests that were made to a webhook");
    attempt->require_subcommand(1);
    auto& options =
        add_list(*attempt, invocation, "Print the requests to a webhook, newest first", list_attempts);
    add_field(*attempt->get_subcommand("list"), options.filters, "outcome",
              "Only those that came to this: delivered, http_status, timeout, ...", "WORD");
}

}  // namespace gateway::command
