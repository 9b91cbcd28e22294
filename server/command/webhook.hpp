// What the subcommands of `webhook` share.
#pragma once

#include "server/command/table.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/tables/webhooks.hpp"
#include "storage/values/event_set.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace gateway::command {

struct Invocation;

/// Those that change a webhook: update, activate, deactivate, add-event, remove-event, delete.
void add_webhook_changes(CLI::App& webhook, Invocation& invocation);

/// `webhook test`.
void add_webhook_test(CLI::App& webhook, Invocation& invocation);

/// `delivery retry`.
void add_retry(CLI::App& delivery, Invocation& invocation);

/// Throws Failure where there is no such webhook, in whatever app.
storage::Webhook require_webhook(storage::Snapshot& snapshot, const std::string& id);

/// All that is known of a webhook, its token apart.
Row row_of(const storage::Webhook& webhook);

void print_webhook(OutputFormat format, const storage::Webhook& webhook);

/// The token that `TOKEN`, `@FILE` or `-` (standard input) stands for. Throws Failure for one that cannot be
/// read or is no verification token.
std::string read_verification_token(const std::string& source);

/// `names` are event types; duplicates are folded.
EventSet event_set_of(const std::vector<std::string>& names);

/// `--verification-token TOKEN|@FILE|-`.
CLI::Option* add_token_option(CLI::App& command, std::string& source);

/// `--event TYPE`, which may be repeated.
CLI::Option* add_event_option(CLI::App& command, std::vector<std::string>& events);

}  // namespace gateway::command
