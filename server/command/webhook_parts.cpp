#include "server/api/api_errors.hpp"
#include "server/api/verification_token.hpp"
#include "server/api/wire.hpp"
#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"
#include "server/command/webhook.hpp"
#include "server/text/plain_text.hpp"
#include "server/text/quote.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <system_error>

namespace gateway::command {

namespace {

/// A whole text, without what editors and `echo` put around it: a byte order mark before, a newline behind.
/// Of one that is far too long to be a token only the beginning is read, which is too long as well.
std::string read_token(std::istream& in, const std::string& place) {
    constexpr std::size_t enough = 4'096;
    std::string text(enough, '\0');
    in.read(text.data(), enough);
    if (in.bad()) throw Failure("cannot read the verification token from " + place);
    text.resize(static_cast<std::size_t>(in.gcount()));
    const std::size_t newline = text.ends_with("\r\n") ? 2 : text.ends_with('\n') ? 1 : 0;
    text.resize(text.size() - newline);
    return text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text;
}

std::string token_of(const std::string& source) {
    if (source == "-") return read_token(std::cin, "standard input");
    if (!source.starts_with('@')) return source;
    const auto path = source.substr(1);
    const auto place = "the file " + quote(path);
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw Failure("cannot read the verification token from " + place + ": " +
                      std::generic_category().message(errno));
    }
    return read_token(file, place);
}

}  // namespace

std::string read_verification_token(const std::string& source) {
    auto token = token_of(source);
    require(api::check_verification_token(token));
    return token;
}

EventSet event_set_of(const std::vector<std::string>& names) {
    EventSet events;
    for (const auto& name : names)
        events.add(parse_event_type(name).value());
    return events;
}

Row row_of(const storage::Webhook& webhook) {
    return {{"id", webhook.id},
            {"app_id", webhook.app_id},
            {"url", webhook.url},
            {"events", api::Wire<EventSet>::write(webhook.events, {})},
            {"active", webhook.active},
            {"last_http_code", boost::json::value_from(webhook.last_http_code)},
            {"last_http_code_date", time_or_null(webhook.last_http_code_date)},
            {"created_at", format_timestamp(webhook.created_at)},
            {"updated_at", format_timestamp(webhook.updated_at)}};
}

void print_webhook(const OutputFormat format, const storage::Webhook& webhook) {
    if (!webhook.fault.empty()) throw Failure(webhook.fault);
    print_one(std::cout, format, row_of(webhook));
}

storage::Webhook require_webhook(storage::Snapshot& snapshot, const std::string& id) {
    auto webhook = storage::find_webhook(snapshot, id);
    if (webhook) return *std::move(webhook);
    throw Failure("there is no webhook " + quote(id) +
                  "; `session-gateway webhook list --app ID` shows those of an app");
}

CLI::Option* add_token_option(CLI::App& command, std::string& source) {
    return add_text(
               command, "--verification-token", source,
               "The secret, 1 to 100 characters, that the receiver knows the activation by: itself, the file "
               "that holds it, or - for standard input")
        ->type_name("TOKEN|@FILE|-");
}

CLI::Option* add_event_option(CLI::App& command, std::vector<std::string>& events) {
    const std::vector<std::string> known(event_type_names.begin(), event_type_names.end());
    return add_texts(command, "--event", events,
                     "An event to send, may be repeated: " + CLI::detail::join(known, ", "))
        ->type_name("TYPE")
        ->allow_extra_args(false)
        ->check(CLI::IsMember(known).description(""));
}

}  // namespace gateway::command
