#include "storage/secrets/secrets.hpp"

#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"
#include "storage/key_rotation.hpp"
#include "storage/tables/sealing_key.hpp"
#include "storage/values/type_id.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace gateway::command {

namespace {

struct ResetOptions {
    bool confirmed = false;
};

int rotate(const LoadedSettings& loaded) {
    auto database = open_database(loaded.settings);
    const auto rotation =
        storage::rotate_sealing_key(database, loaded.settings.secrets.key_file, system_random);
    std::cout << "sealed " << rotation.resealed << " secrets under the new key " << rotation.key_id << '\n';
    if (rotation.shut.empty()) return 0;
    std::cout << rotation.shut.size() << " secrets do not open and stay as they are; set them again:";
    for (const auto& id : rotation.shut)
        std::cout << ' ' << id;
    std::cout << '\n';
    return 0;
}

bool holds_key_in_use(storage::CommandDatabase& database, const std::filesystem::path& key_file) {
    try {
        storage::Keyring keyring(key_file);
        database.read(
            [&](storage::Snapshot& snapshot) { return storage::key_in_use(snapshot, keyring) != nullptr; });
        return true;
    } catch (const storage::KeyFileError&) {
        return false;
    }
}

void require_lost(storage::CommandDatabase& database, const std::filesystem::path& key_file) {
    namespace fs = std::filesystem;
    if (!fs::exists(fs::symlink_status(key_file))) return;
    if (holds_key_in_use(database, key_file)) {
        throw Failure(
            "the key file " + key_file.string() +
            " holds the key in use; `session-gateway secrets rotate` replaces it, and no secret is lost");
    }
    throw Failure("there is a file " + key_file.string() +
                  " already, which is not the key file of this database; move it away first");
}

std::int64_t count_secrets(storage::Snapshot& snapshot) {
    std::int64_t count = 0;
    storage::for_each_sealed_value(snapshot, [&](const auto&, const auto&) { ++count; });
    return count;
}

int reset(const Settings& settings, const ResetOptions& options) {
    auto database = open_database(settings);
    if (!database.keep_daemons_away())
        throw Failure(
            "another session-gateway serves this database, so its key is not lost yet; stop that one first");
    require_lost(database, settings.secrets.key_file);
    if (!options.confirmed) {
        std::cerr << "session-gateway: this makes a new key file and gives up the "
                  << database.read(count_secrets)
                  << " secrets that were sealed with the lost one for good; confirm with --yes\n";
        return wrong_usage;
    }
    const auto done = storage::reset_sealing_key(database, settings.secrets.key_file, system_random);
    std::cout << "made the key file " << settings.secrets.key_file.string() << " with the new key "
              << done.key_id << '\n';
    if (done.shut == 0) return 0;
    std::cout << done.shut << " secrets have to be set again; sqlite3 lists them, and how, with:\n"
              << storage::shut_secrets_query << '\n';
    return 0;
}

}  // namespace

void add_secrets(CLI::App& line, Invocation& invocation) {
    auto* const secrets =
        add_command(line, "secrets", "Administer the key that seals secrets in the database");
    secrets->require_subcommand(1);
    auto* const rotation =
        add_command(*secrets, "rotate", "Seal every secret under a new key; the daemon may run meanwhile");
    rotation->callback([&invocation] { invocation.action = rotate; });
    auto* const new_start =
        add_command(*secrets, "reset",
                    "Make a new key file where the old one is lost; every secret then has to be set again");
    auto& options = when_chosen(*new_start, invocation, reset);
    add_switch(*new_start, "--yes", options.confirmed,
               "Really do it; without, only say what would be given up");
}

}  // namespace gateway::command
