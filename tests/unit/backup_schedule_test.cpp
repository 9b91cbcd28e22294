#include "server/backup/backup_schedule.hpp"

#include "server/backup/backup_files.hpp"
#include "storage/values/file_descriptor.hpp"
#include "tests/support/command_folder.hpp"
#include "tests/support/test_database.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace gateway::backup {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// A backup each hour, of which three stay.
struct Fixture {
    test::TestClock clock;
    test::TestFile file{clock};
    test::TemporaryFolder disk;
    fs::path folder = disk.path() / "backups";
    std::string log_path = disk.path() / "log";
    storage::FileDescriptor log_file{::open(log_path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600)};
    Log log{{.level = LogLevel::trace, .format = LogFormat::text}, clock, {.file = log_file.get()}};
    ScheduleRules rules{
        .database = file.path(), .folder = folder, .every = 1h, .keep = 3, .max_log = 1U << 30U};
    BackupSchedule schedule{rules, clock, log};

    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& backup : find_backups(folder, file.path()))
            names.push_back(backup.path.filename().string());
        return names;
    }

    void put(const std::string& name) const { std::ofstream(folder / name) << "x"; }

    [[nodiscard]] std::string logged() {
        log.drain();
        return test::content_of(log_path);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_schedule_test, Fixture)

BOOST_AUTO_TEST_CASE(a_backup_is_made_when_the_newest_one_is_old) {
    BOOST_TEST((schedule.turn() == 1min));
    BOOST_TEST(names() == std::vector<std::string>{"gateway.db.backup-20250315T120000Z"});
    clock.advance(59min + 30s);
    BOOST_TEST((schedule.turn() == 30s));
    BOOST_TEST(names().size() == 1U);
    clock.advance(30s);
    schedule.turn();
    BOOST_TEST(names().back() == "gateway.db.backup-20250315T130000Z");

    const auto state = schedule.state();
    BOOST_TEST((state.last_success == clock.now()));
    BOOST_TEST(state.successes == 2U);
    BOOST_TEST(state.failures == 0U);
    BOOST_TEST(state.last_bytes == fs::file_size(folder / names().back()));
    BOOST_TEST(test::holds(logged(), "backup made"));
}

BOOST_AUTO_TEST_CASE(what_was_missed_while_down_is_made_at_the_start_and_what_was_not_is_not) {
    schedule.turn();
    BackupSchedule soon(rules, clock, log);
    clock.advance(10min);
    soon.turn();
    BOOST_TEST(names().size() == 1U);
    clock.advance(10h);
    BackupSchedule late(rules, clock, log);
    late.turn();
    BOOST_TEST(names().size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_newest_stay_and_no_other_file_is_touched) {
    schedule.turn();
    const std::vector<std::string> others{
        "gateway.db.backup-yesterday", "gateway.db.before-migration-9-20200101T000000Z",
        "other.db.backup-20200101T000000Z", "gateway.db.backup-20200101T000000Z.gz", "gateway.db.partial"};
    for (const auto& name : others)
        put(name);
    for (int i = 0; i < 5; ++i) {
        clock.advance(1h);
        schedule.turn();
    }
    const std::vector<std::string> newest{"gateway.db.backup-20250315T150000Z",
                                          "gateway.db.backup-20250315T160000Z",
                                          "gateway.db.backup-20250315T170000Z"};
    BOOST_TEST(names() == newest);
    for (const auto& name : others)
        BOOST_TEST(fs::exists(folder / name), name);
}

BOOST_AUTO_TEST_CASE(one_that_fails_is_told_counted_and_tried_again_ever_later) {
    std::ofstream(folder) << "a file where the folder is to be";
    for (const auto pause : {1min, 2min, 4min, 8min, 16min, 32min, 60min, 60min})
        BOOST_TEST((schedule.turn() == pause));
    BOOST_TEST(schedule.state().failures == 8U);
    BOOST_TEST(test::holds(logged(), "a backup could not be made"));

    fs::remove(folder);
    schedule.turn();
    BOOST_TEST(names().size() == 1U);
    fs::remove_all(folder);
    std::ofstream(folder) << "again";
    BOOST_TEST((schedule.turn() == 1min));
}

BOOST_AUTO_TEST_CASE(what_a_killed_one_left_goes_with_the_next) {
    fs::create_directory(folder);
    put("gateway.db.backup-20250315T110000Z.partial");
    schedule.turn();
    BOOST_TEST(!fs::exists(folder / "gateway.db.backup-20250315T110000Z.partial"));
    BOOST_TEST(names().size() == 1U);
}

BOOST_AUTO_TEST_CASE(backups_of_a_wrong_clock_keep_none_from_being_made) {
    fs::create_directory(folder);
    for (const auto* const name : {"gateway.db.backup-20990101T000000Z", "gateway.db.backup-20990102T000000Z",
                                   "gateway.db.backup-20990103T000000Z"})
        put(name);
    schedule.turn();
    schedule.turn();
    BOOST_TEST(names().size() == 3U);
    BOOST_TEST(names().front() == "gateway.db.backup-20250315T120000Z");
}

BOOST_AUTO_TEST_CASE(a_started_schedule_makes_one_and_ends_at_once_when_it_is_destroyed) {
    {
        BackupSchedule started(rules, system_now, log);
        started.start();
        while (started.state().successes == 0)
            std::this_thread::yield();
    }
    BOOST_TEST(names().size() == 1U);

    rules.every = 0ms;
    fs::remove_all(folder);
    { BackupSchedule(rules, system_now, log).start(); }
    BOOST_TEST(!fs::exists(folder));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::backup
