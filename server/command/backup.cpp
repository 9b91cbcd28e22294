#include "storage/backup.hpp"

#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"
#include "storage/prepared_database.hpp"
#include "storage/values/quantity.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <filesystem>
#include <iostream>
#include <sys/resource.h>
#include <unistd.h>

namespace gateway::command {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

struct BackupFileOptions {
    std::string file;
    OutputFormat format = OutputFormat::text;
};

/// What both `create` and `verify` tell of a backup.
Row row_of(const fs::path& file, const storage::BackupContents& contents) {
    json::object rows;
    for (const auto& [table, count] : contents.rows)
        rows.emplace(table, count);
    Row row{
        {"file", fs::absolute(file).string()}, {"bytes", contents.bytes}, {"migration", contents.migration}};
    row.add("key_id", contents.key_id ? json::value(*contents.key_id) : json::value());
    row.add("rows", rows);
    row.add("orphans", json::value_from(contents.orphans));
    return row;
}

/// For a person who waits.
void show(const storage::CopyProgress& progress) {
    std::cerr << '\r' << progress.pages << " of " << progress.all_pages << " pages, log "
              << in_mebibytes(progress.log_size) << " " << std::flush;
    if (progress.pages == progress.all_pages)
        std::cerr << "\rverifying what was written          " << std::endl;
}

int create(const Settings& settings, const BackupFileOptions& options) {
    constexpr int niceness = 10;
    // Refuses what is no database of ours.
    static_cast<void>(storage::migration_status(settings.database.path, system_now));
    ::setpriority(PRIO_PROCESS, 0, niceness);
    storage::BackupOptions how{.max_log = settings.backup.max_wal};
    if (::isatty(STDERR_FILENO) == 1) how.progress = show;
    const auto made = storage::create_backup(settings.database.path, options.file, how);

    Row row = row_of(options.file, made.contents);
    row.add("pages", made.pages);
    row.add("duration_ms", made.took.count());
    row.add("largest_log", made.largest_log);
    print_one(std::cout, options.format, row);
    return 0;
}

int verify(const Settings&, const BackupFileOptions& options) {
    const auto contents = storage::verify_backup(options.file);
    print_one(std::cout, options.format, row_of(options.file, contents));
    if (contents.orphans.empty()) return 0;
    std::cerr << "session-gateway: " << options.file << ": " << contents.orphans.front()
              << "; it was so in the database, and is to be corrected or deleted there with sqlite3\n";
    return 1;
}

int restore(const Settings& settings, const BackupFileOptions& options) {
    const auto restored = storage::restore_backup(options.file, {.database = settings.database.path,
                                                                 .key_file = settings.secrets.key_file,
                                                                 .clock = system_now,
                                                                 .random = system_random});
    Row row{{"database", fs::absolute(settings.database.path).string()},
            {"restored_from", fs::absolute(options.file).string()},
            {"migration", restored.contents.migration}};
    row.add("former_database", restored.kept ? json::value(restored.kept->string()) : json::value());
    print_one(std::cout, options.format, row);
    return 0;
}

void add_action(CLI::App& backup, Invocation& invocation, const char* const name, const char* const what,
                int (*const act)(const Settings&, const BackupFileOptions&)) {
    auto* const command = add_command(backup, name, what);
    auto& options = when_chosen(*command, invocation, act);
    add_text(*command, "FILE", options.file, "The backup")->required()->type_name("");
    add_json_flag(*command, options.format);
}

}  // namespace

void add_backup(CLI::App& line, Invocation& invocation) {
    auto* const backup = add_command(line, "backup", "Make, verify and restore backups of the database");
    backup->require_subcommand(1);
    add_action(*backup, invocation, "create",
               "Write the database as it stands into a new file, verified; the daemon may run meanwhile",
               create);
    add_action(*backup, invocation, "verify", "Read all of a backup and tell what is in it", verify);
    add_action(*backup, invocation, "restore",
               "Put a copy of a backup in the place of the database, which is kept aside; no daemon may run",
               restore);
}

}  // namespace gateway::command
