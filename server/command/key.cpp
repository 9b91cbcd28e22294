#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"
#include "server/delivery/signing_key.hpp"
#include "server/text/quote.hpp"
#include "storage/secrets/secrets.hpp"
#include "storage/tables/apps.hpp"
#include "storage/tables/signing_keys.hpp"
#include "storage/values/type_id.hpp"

#include <algorithm>
#include <array>
#include <iostream>

namespace gateway::command {

namespace {

using storage::Snapshot;
using storage::Transaction;

/// Receivers have had the new key by then: their sets are older than the set may be kept, and none was on its
/// way for longer than a minute.
constexpr auto until_all_know = delivery::key_set_max_age + std::chrono::minutes(1);

struct ListOptions {
    std::string app_id;
    OutputFormat format = OutputFormat::text;
};

struct RotateOptions {
    std::string app_id;
    bool now = false;
};

struct RetireOptions {
    std::string app_id;
    std::string id;
};

std::string_view state_of(const storage::SigningKey& key, const storage::SigningKey* const signing,
                          const Timestamp now) {
    if (key.retired_at) return "retired";
    if (&key == signing) return "signs";
    return key.signs_from > now ? "published" : "former";
}

int list(const Settings& settings, const ListOptions& options) {
    constexpr std::array<std::string_view, 5> columns{"id", "state", "created_at", "signs_from",
                                                      "retired_at"};
    auto database = open_database(settings);
    const auto keys = database.read([&](Snapshot& snapshot) {
        require_app(snapshot, options.app_id);
        return storage::list_signing_keys(snapshot, options.app_id);
    });
    const auto now = system_now();
    const auto* const signing = storage::signing_key_at(keys, now);
    std::vector<Row> rows;
    for (const auto& key : keys) {
        if (!key.fault.empty()) {
            report_omission(key.fault);
            continue;
        }
        rows.push_back({{"id", key.id},
                        {"state", state_of(key, signing, now)},
                        {"created_at", format_timestamp(key.created_at)},
                        {"signs_from", format_timestamp(key.signs_from)},
                        {"retired_at", time_or_null(key.retired_at)}});
    }
    print_list(std::cout, options.format, columns, rows);
    return rows.size() == keys.size() ? 0 : 1;
}

int rotate(const Settings& settings, const RotateOptions& options) {
    auto database = open_database(settings);
    storage::Secrets secrets(settings.secrets.key_file, system_random);
    const auto id = IdSource(system_now, system_random).next("sigkey");
    const auto key = delivery::RsaKey::generate();  // before anybody waits for this transaction
    const auto signs_from = database.write([&](Transaction& transaction) {
        require_app(transaction, options.app_id);
        const auto keys = storage::list_signing_keys(transaction, options.app_id);
        const bool at_once = options.now || storage::signing_key_at(keys, transaction.now()) == nullptr;
        const auto from = at_once ? transaction.now() : transaction.now() + until_all_know;
        delivery::add_signing_key(transaction, options.app_id, id, key, from, secrets);
        return from;
    });
    std::cout << id << " signs from " << format_timestamp(signs_from) << " on\n";
    return 0;
}

int retire(const Settings& settings, const RetireOptions& options) {
    auto database = open_database(settings);
    database.write([&](Transaction& transaction) {
        require_app(transaction, options.app_id);
        const auto keys = storage::list_signing_keys(transaction, options.app_id);
        const auto key = std::ranges::find(keys, options.id, &storage::SigningKey::id);
        if (key == keys.end())
            throw Failure("app " + options.app_id + " has no key " + quote(options.id) +
                          "; `session-gateway key list --app " + options.app_id + "` shows them all");
        if (&*key == storage::signing_key_at(keys, transaction.now()))
            throw Failure("the key " + key->id + " signs; `session-gateway key rotate --app " +
                          options.app_id + "` makes another one, and this can be retired when that signs");
        return storage::retire_signing_key(transaction, key->id);
    });
    return 0;
}

void add_list(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "list", "Print the keys of an app, oldest first");
    auto& options = when_chosen(*command, invocation, list);
    add_app_option(*command, options.app_id, "The app")->required();
    add_json_flag(*command, options.format);
}

void add_rotate(CLI::App& parent, Invocation& invocation) {
    auto* const command =
        add_command(parent, "rotate",
                    "Publish a new key, which signs when receivers know it; the former one stays published");
    auto& options = when_chosen(*command, invocation, rotate);
    add_app_option(*command, options.app_id, "The app")->required();
    add_switch(*command, "--now", options.now,
               "Sign with it at once, as the former one is in wrong hands: receivers that keep the old "
               "set refuse what comes until they fetch the new one");
}

void add_retire(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(
        parent, "retire", "Publish a key no longer and drop its private part; not the one that signs");
    auto& options = when_chosen(*command, invocation, retire);
    add_app_option(*command, options.app_id, "The app")->required();
    add_id(*command, options.id, "The key, sigkey_...");
}

}  // namespace

void add_key(CLI::App& line, Invocation& invocation) {
    auto* const key =
        add_command(line, "key", "Administer the keys that the deliveries of an app are signed with");
    key->require_subcommand(1);
    add_list(*key, invocation);
    add_rotate(*key, invocation);
    add_retire(*key, invocation);
}

}  // namespace gateway::command
