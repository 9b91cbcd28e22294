#include "server/api/api_errors.hpp"
#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"
#include "server/settings/values.hpp"
#include "server/text/quote.hpp"
#include "storage/tables/api_tokens.hpp"
#include "storage/tables/apps.hpp"
#include "storage/values/encoding.hpp"
#include "storage/values/sha256.hpp"
#include "storage/values/type_id.hpp"

#include <array>
#include <iostream>

namespace gateway::command {

namespace {

constexpr std::size_t random_bytes = 32;

/// A hundred years: keeps the end within the years that a timestamp can name.
constexpr std::chrono::days longest_life{36'500};

struct CreateOptions {
    std::string app_id;  ///< empty with `all_apps`
    bool all_apps = false;
    std::string name;
    std::optional<std::chrono::milliseconds> life;
};

struct ListOptions {
    OutputFormat format = OutputFormat::text;
};

struct RevokeOptions {
    std::string id;
};

std::string make_token() {
    std::array<std::uint8_t, random_bytes> bytes{};
    system_random(bytes);
    return "sgw_" + base64url_encode(bytes);
}

storage::ApiToken describe(storage::Snapshot& snapshot, const CreateOptions& options) {
    storage::ApiToken token;
    token.id = IdSource(system_now, system_random).next("tok");
    if (!options.all_apps) token.app_id = require_app(snapshot, options.app_id).id;
    token.name = options.name;
    if (options.life) token.expires_at = snapshot.now() + *options.life;
    return token;
}

int create(const Settings& settings, const CreateOptions& options) {
    auto database = open_database(settings);
    const auto token = make_token();
    database.write([&](storage::Transaction& transaction) {
        storage::insert_token(transaction, describe(transaction, options), sha256_hex(token));
        return true;
    });
    std::cout << token << '\n';
    return 0;
}

std::string state_of(const storage::ApiToken& token, const Timestamp now) {
    if (!token.fault.empty()) return "unreadable";
    if (token.revoked_at) return "revoked";
    return token.live_at(now) ? "live" : "expired";
}

Row row_of(const storage::ApiToken& token, const Timestamp now) {
    return {{"id", token.id},
            {"good_for", token.app_id.value_or("all apps")},
            {"name", token.name},
            {"state", state_of(token, now)},
            {"created_at", format_timestamp(token.created_at)},
            {"expires_at", time_or_null(token.expires_at)},
            {"revoked_at", time_or_null(token.revoked_at)}};
}

int list(const Settings& settings, const ListOptions& options) {
    constexpr std::array<std::string_view, 7> columns{"id",         "good_for",   "name",      "state",
                                                      "created_at", "expires_at", "revoked_at"};
    auto database = open_database(settings);
    const auto now = system_now();
    std::vector<Row> rows;
    for (const auto& token : database.read(storage::list_tokens))
        rows.push_back(row_of(token, now));
    print_list(std::cout, options.format, columns, rows);
    return 0;
}

int revoke(const Settings& settings, const RevokeOptions& options) {
    auto database = open_database(settings);
    const bool found = database.write(
        [&](storage::Transaction& transaction) { return storage::revoke_token(transaction, options.id); });
    // The id is not repeated: whoever mistakes the two may have given the token itself.
    if (!found)
        throw Failure("there is no API token with this id; `session-gateway token list` shows them all");
    return 0;
}

std::chrono::milliseconds parse_life(const std::string& text) {
    const auto life = parse_duration(text);
    if (life && life->count() > 0 && *life <= longest_life) return *life;
    throw CLI::ValidationError(
        "--expires-in", "found " + quote(text) + ", expected a duration such as 12h or 90d, at most 36500d");
}

void add_create(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(
        parent, "create", "Add an API token and print it; only its SHA-256 is kept, so keep it safe");
    auto& options = when_chosen(*command, invocation, create);
    auto* const scope = command->add_option_group("Scope", "What the token is good for");
    add_app_option(*scope, options.app_id, "One app");
    add_switch(*scope, "--all-apps", options.all_apps, "Every app, those to come too");
    scope->require_option(1);
    add_name_option(*command, options.name);
    command
        ->add_option_function<std::string>(
            "--expires-in", [&options](const std::string& text) { options.life = parse_life(text); },
            "How long it is good for, e.g. 90d (default: for ever)")
        ->type_name("DURATION");
}

void add_list(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "list", "Print all API tokens, oldest first, dead ones too");
    add_json_flag(*command, when_chosen(*command, invocation, list).format);
}

void add_revoke(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "revoke", "Refuse an API token from now on");
    add_id(*command, when_chosen(*command, invocation, revoke).id, "The token's id, tok_...");
}

}  // namespace

void add_token(CLI::App& line, Invocation& invocation) {
    auto* const token =
        add_command(line, "token", "Administer the API tokens that callers authenticate with");
    token->require_subcommand(1);
    add_create(*token, invocation);
    add_list(*token, invocation);
    add_revoke(*token, invocation);
}

}  // namespace gateway::command
