#include "server/api/user_erasure.hpp"

#include "server/command/line_parts.hpp"
#include "server/command/rules.hpp"
#include "server/command/user.hpp"
#include "storage/tables/erasure.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace gateway::command {

namespace {

using storage::Snapshot;
using storage::Transaction;

struct EraseOptions : ChangeOptions {
    bool confirmed = false;
};

/// Takes what receivers answered to the user's events so far.
void erase_answers(storage::CommandDatabase& database, const api::Erasure& user) {
    storage::Stretch<std::int64_t> stretch;
    while (!stretch.ended) {
        stretch = database.read([&](Snapshot& snapshot) {
            return storage::find_answers(snapshot, user.app_id, user.user_id, stretch.position);
        });
        if (stretch.found.empty()) continue;
        database.write(
            [&](Transaction& transaction) { return storage::remove_answers(transaction, stretch.found); });
    }
}

int erase(const Settings& settings, const EraseOptions& options) {
    auto database = open_database(settings);
    if (!options.confirmed) {
        std::cerr << "session-gateway: this deletes the user and blanks their events for good; confirm with "
                     "--yes\n";
        return wrong_usage;
    }
    const auto request = read_change<api::DeleteUserRequest>(options, "{}");
    const CommandServices services(settings);
    auto erasure = require(database.write([&](Transaction& transaction) {
        require_enabled_app(transaction, options.app_id);
        return api::begin_erasure(transaction, request, services.get());
    }));
    write_in_parts(database,
                   [&](Transaction& transaction) { return api::erase_events(transaction, erasure); });
    erase_answers(database, erasure);
    return 0;
}

}  // namespace

void add_user_erasure(CLI::App& user, Invocation& invocation) {
    auto* const command = add_command(
        user, "erase",
        "Delete a user, blank what their events tell of them, and take what receivers answered to these; "
        "also "
        "of a user who is deleted already. What is under way to a receiver, or will be within seconds, is "
        "not waited for");
    auto& options = when_chosen(*command, invocation, erase);
    add_user_id(*command, options);
    add_switch(*command, "--yes", options.confirmed, "Really do it");
    add_correlation_id(*command, options.fields);
}

}  // namespace gateway::command
