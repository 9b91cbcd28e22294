#include "server/api/user_changes.hpp"

#include "server/command/json_source.hpp"
#include "server/command/line_parts.hpp"
#include "server/command/rules.hpp"
#include "server/command/user.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>
#include <string>

namespace gateway::command {

namespace json = boost::json;

namespace {

using storage::Transaction;

struct ProfileOptions : ChangeOptions {
    std::string patch;  ///< @FILE or -
};

struct WordOptions : ChangeOptions {
    std::string word;
};

struct OneIdentifierOptions : ChangeOptions {
    IdentifierOptions identifier;
};

struct DeleteOptions : ChangeOptions {
    bool confirmed = false;
};

int update_profile(const Settings& settings, const ProfileOptions& options) {
    const auto body = R"({"profile":)" + read_json(options.patch, "patch") + "}";
    const auto request = read_change<api::UpdateUserProfileRequest>(options, body);
    return change_and_print(settings, options, [&](Transaction& transaction, const api::Services& services) {
        return api::update_user_profile(transaction, request, services);
    });
}

int set_status(const Settings& settings, const WordOptions& options) {
    const auto body = json::serialize(json::object{{"status", options.word}});
    const auto request = read_change<api::UpdateUserStatusRequest>(options, body);
    return change_and_print(settings, options, [&](Transaction& transaction, const api::Services& services) {
        return api::update_user_status(transaction, request, services);
    });
}

int set_external_id(const Settings& settings, const WordOptions& options) {
    const auto body = json::serialize(json::object{{"external_id", options.word}});
    const auto request = read_change<api::UpdateUserExternalIdRequest>(options, body);
    return change_and_print(settings, options, [&](Transaction& transaction, const api::Services&) {
        return api::update_user_external_id(transaction, request);
    });
}

api::UserIdentifierRequest identifier_request(const OneIdentifierOptions& options) {
    const json::object body{{"identifier", options.identifier.json().at(0)}};
    return read_change<api::UserIdentifierRequest>(options, json::serialize(body));
}

int add_identifier(const Settings& settings, const OneIdentifierOptions& options) {
    const auto request = identifier_request(options);
    return change_and_print(settings, options, [&](Transaction& transaction, const api::Services& services) {
        return api::add_user_identifier(transaction, request, services);
    });
}

int remove_identifier(const Settings& settings, const OneIdentifierOptions& options) {
    const auto request = identifier_request(options);
    return change_and_print(settings, options, [&](Transaction& transaction, const api::Services& services) {
        return api::remove_user_identifier(transaction, request, services);
    });
}

int remove(const Settings& settings, const DeleteOptions& options) {
    auto database = open_database(settings);
    if (!options.confirmed) {
        std::cerr << "session-gateway: this deletes the user for good; confirm with --yes\n";
        return wrong_usage;
    }
    const auto request = read_change<api::DeleteUserRequest>(options, "{}");
    const CommandServices services(settings);
    require(database.write([&](Transaction& transaction) {
        require_enabled_app(transaction, options.app_id);
        return api::delete_user(transaction, request, services.get());
    }));
    return 0;
}

void add_update_profile(CLI::App& parent, Invocation& invocation) {
    const auto [command, options] = add_user_change(parent, invocation, "update-profile",
                                                    "Change what is kept of a user", update_profile);
    add_json_source(command, "--patch", options.patch, "A JSON Merge Patch (RFC 7396)")->required();
    add_correlation_id(command, options.fields);
}

void add_set_status(CLI::App& parent, Invocation& invocation) {
    const auto [command, options] =
        add_user_change(parent, invocation, "set-status",
                        "Block a user, whose sessions end, or let them in again", set_status);
    add_text(command, "STATUS", options.word, "active or blocked")
        ->required()
        ->check(CLI::IsMember({"active", "blocked"}));
    add_correlation_id(command, options.fields);
}

void add_set_external_id(CLI::App& parent, Invocation& invocation) {
    const auto [command, options] = add_user_change(
        parent, invocation, "set-external-id", "Give a user another id of the app's own", set_external_id);
    add_text(command, "EXTERNAL_ID", options.word, "The id, 1 to 128 characters")->required()->type_name("");
}

void add_identifier_change(CLI::App& parent, Invocation& invocation, const std::string& name,
                           const std::string& description,
                           int (*const act)(const Settings&, const OneIdentifierOptions&)) {
    const auto [command, options] = add_user_change(parent, invocation, name, description, act);
    add_one_identifier(command, options.identifier)->require_option(1);
    add_correlation_id(command, options.fields);
}

void add_delete(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "delete", "Delete a user and all that is kept of them");
    auto& options = when_chosen(*command, invocation, remove);
    add_user_id(*command, options);
    add_switch(*command, "--yes", options.confirmed, "Really do it");
    add_correlation_id(*command, options.fields);
}

}  // namespace

void add_user_changes(CLI::App& user, Invocation& invocation) {
    add_update_profile(user, invocation);
    add_set_status(user, invocation);
    add_set_external_id(user, invocation);
    add_identifier_change(user, invocation, "add-identifier", "Add an identifier to a user", add_identifier);
    add_identifier_change(user, invocation, "remove-identifier", "Remove an identifier, the last one apart",
                          remove_identifier);
    add_delete(user, invocation);
}

}  // namespace gateway::command
