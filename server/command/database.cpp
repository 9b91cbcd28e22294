#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"
#include "storage/tables/pages.hpp"
#include "storage/values/quantity.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>

namespace gateway::command {

namespace {

int compact(const LoadedSettings& loaded) {
    auto database = open_database(loaded.settings);
    const auto path = database.path().string();
    if (!database.keep_daemons_away()) {
        throw Failure(
            path + ": a session-gateway serves it, and this writes the whole file anew; stop that one first");
    }
    const auto before = database.read(storage::file_pages);
    const auto needed = 2 * before.content();
    const auto available = std::filesystem::space(database.path().parent_path()).available;
    if (available < needed) {
        throw Failure(path + ": compacting it takes up to " + in_mebibytes(needed) +
                      " of disk space in its folder meanwhile, and " + free_in_mebibytes(available) +
                      " are free; make room first");
    }
    std::cout << "compacting " << path << ", which takes up to " << in_mebibytes(needed)
              << " of disk space in its folder meanwhile" << std::endl;
    database.compact();
    const auto after = database.read(storage::file_pages);
    std::cout << "done: "
              << in_mebibytes(before.content() + static_cast<std::uint64_t>(before.free * before.size))
              << " before, " << in_mebibytes(after.content()) << " now\n";
    return 0;
}

}  // namespace

void add_database(CLI::App& line, Invocation& invocation) {
    auto* const database = add_command(line, "database", "Look after the database file");
    database->require_subcommand(1);
    auto* const command = add_command(
        *database, "compact",
        "Write the file anew without its free pages, while no daemon runs; a file made by an older version "
        "gives freed pages back from then on");
    command->callback([&invocation] { invocation.action = compact; });
}

}  // namespace gateway::command
