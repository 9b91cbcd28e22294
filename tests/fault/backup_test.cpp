#include "storage/backup.hpp"

#include "storage/values/partial_file.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/event_load.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace gateway::test {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t webhooks = 20'000;
constexpr std::size_t clients = 8;

/// What a database that nobody uses has of each webhook.
using EventsOfWebhooks = std::vector<std::vector<EventType>>;

EventsOfWebhooks events_in(const fs::path& database) {
    const SQLite::Database file("file://" + database.string() + "?immutable=1",
                                SQLite::OPEN_READONLY | SQLite::OPEN_URI);
    SQLite::Statement row(file, "SELECT events FROM webhooks ORDER BY number LIMIT -1 OFFSET 1");
    EventsOfWebhooks events;
    while (row.executeStep()) {
        const auto set = parse_event_set(row.getColumn(0).getString());
        events.emplace_back(set.in_order().begin(), set.in_order().end());
    }
    return events;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backup_test)

BOOST_AUTO_TEST_CASE(a_backup_under_load_has_every_change_that_was_acknowledged_before_it_began) {
    LoadFolder folder(webhooks);
    const auto backup = folder.path() / "backup.db";
    {
        const Daemon daemon(folder.path());
        EventLoad load(folder, daemon.port(), clients, seed_from_environment());
        BOOST_TEST_REQUIRE(load.wait_for(5'000));
        const auto acknowledged = load.acknowledged();
        folder.succeed({"backup", "create", backup.string()});
        BOOST_TEST_REQUIRE(load.wait_for(load.acknowledged() + 100));
        load.end();
        BOOST_TEST(load.complaint() == "");

        folder.succeed({"backup", "verify", backup.string()});
        const MigratedFolder elsewhere;
        fs::copy_file(folder.key_file(), elsewhere.key_file(), fs::copy_options::overwrite_existing);
        elsewhere.succeed({"backup", "restore", backup.string()});

        // Each webhook as it was at one moment, and all of them together no earlier than the backup began.
        const auto events = events_in(elsewhere.database());
        BOOST_TEST_REQUIRE(events.size() == webhooks);
        std::uint64_t found = 0;
        for (std::size_t i = 0; i < webhooks; ++i) {
            const auto& book = folder.books()[i].acknowledged;
            BOOST_TEST_REQUIRE(events[i].size() <= book.size());
            BOOST_TEST((std::equal(events[i].begin(), events[i].end(), book.begin())));
            found += events[i].size();
        }
        BOOST_TEST(found >= acknowledged);
        BOOST_TEST(found < load.acknowledged());
    }
    folder.succeed({"backup", "restore", backup.string()});
    const Daemon daemon(folder.path());
    EventLoad load(folder, daemon.port(), 1, seed_from_environment());
}

BOOST_AUTO_TEST_CASE(a_backup_that_is_killed_leaves_no_file_of_its_name) {
    const LoadFolder folder(webhooks);
    const auto backup = folder.path() / "backup.db";
    const auto partial = storage::PartialFile::path_of(backup);
    for (int round = 0; round < 5; ++round) {
        const pid_t child = ::fork();
        if (child == 0) {
            // What comes first of it: the copying, or its verification.
            storage::BackupOptions options;
            options.progress = [round, steps = 0](const storage::CopyProgress&) mutable {
                if (++steps == round) ::raise(SIGKILL);
            };
            if (round > 0) storage::create_backup(folder.database(), backup, options);
            ::raise(SIGKILL);
        }
        int status = 0;
        BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
        BOOST_TEST(WIFSIGNALED(status));
        BOOST_TEST(!fs::exists(backup));
        fs::remove(partial);
    }
    folder.succeed({"backup", "create", backup.string()});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
