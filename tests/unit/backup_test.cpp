#include "storage/backup.hpp"

#include "storage/sqlite/database_file.hpp"
#include "storage/sqlite/migrator.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/test_database.hpp"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>

namespace gateway::storage {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t mebibyte = 1U << 20U;

/// A database of some pages, and a folder to put backups in.
struct Fixture {
    test::TestFile file;
    test::TemporaryFolder folder;
    fs::path target = folder.path() / "backup.db";

    Fixture() { file.tamper("INSERT INTO sealing_key (key_id, since) VALUES ('key_0123456789abcdef', 'x')"); }

    /// An app that fills so many pages.
    void add_app(const int pages) const {
        file.tamper(
            "INSERT INTO apps (id, name, created_at, updated_at) SELECT substr('abcdefg' || count(*), -7),"
            " hex(zeroblob(" +
            std::to_string(pages) +
            " * 2048)), '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z' FROM apps");
    }

    BackupMade create(const BackupOptions& options = {}) const {
        return create_backup(file.path(), target, options);
    }

    /// Of one table in the backup.
    [[nodiscard]] static std::int64_t rows(const BackupContents& contents, const std::string_view table) {
        return std::ranges::find(contents.rows, table, &RowCount::table)->rows;
    }

    /// What verifying the backup is refused with.
    [[nodiscard]] std::string refusal() const {
        try {
            verify_backup(target);
        } catch (const DatabaseRefused& refused) {
            return refused.what();
        }
        return "it was found whole";
    }

    void change_backup(const std::string& sql) const {
        SQLite::Database(target.string(), SQLite::OPEN_READWRITE).exec(sql);
    }

    void flip_byte(const std::int64_t offset) const {
        std::fstream bytes(target, std::ios::binary | std::ios::in | std::ios::out);
        bytes.seekg(offset);
        const auto byte = static_cast<char>(bytes.get());
        bytes.seekp(offset);
        bytes.put(static_cast<char>(~byte));
    }

    [[nodiscard]] std::set<std::string> files() const {
        std::set<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder.path()))
            names.insert(entry.path().filename().string());
        return names;
    }
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string message_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "nothing was thrown";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_test, Fixture)

BOOST_AUTO_TEST_CASE(a_backup_is_whole_private_and_alone_in_its_folder) {
    add_app(10);
    const auto made = create();
    BOOST_TEST(made.pages > 10);
    BOOST_TEST(made.contents.bytes == fs::file_size(target));
    BOOST_TEST(made.contents.migration == static_cast<int>(embedded_migrations().size()));
    BOOST_TEST(made.contents.key_id.value() == "key_0123456789abcdef");
    BOOST_TEST(rows(made.contents, "apps") == 1);
    BOOST_TEST(rows(verify_backup(target), "apps") == 1);
    BOOST_TEST((fs::status(target).permissions() == static_cast<fs::perms>(0600U)));
    BOOST_TEST(files() == std::set<std::string>{"backup.db"});
}

BOOST_AUTO_TEST_CASE(it_holds_the_state_of_its_beginning_whatever_is_written_meanwhile) {
    add_app(3'000);
    int steps = 0;
    BackupOptions options;
    options.progress = [&](const CopyProgress& progress) {
        add_app(10);  // a commit between two steps: without the one transaction it would begin anew
        ++steps;
        BOOST_TEST_REQUIRE(steps < 100);
        BOOST_TEST(progress.pages <= progress.all_pages);
    };
    const auto made = create(options);
    BOOST_TEST(steps > 10);
    BOOST_TEST(rows(made.contents, "apps") == 1);
    BOOST_TEST(file.ask("SELECT count(*) FROM apps") == std::to_string(steps + 1));
    BOOST_TEST(made.largest_log > 100'000U);
}

BOOST_AUTO_TEST_CASE(a_writer_is_never_kept_waiting) {
    add_app(1'000);
    BackupOptions options;
    options.progress = [&](const CopyProgress&) {
        SQLite::Database writer(file.path().string(), SQLite::OPEN_READWRITE);  // waits for nobody
        writer.exec("BEGIN IMMEDIATE; UPDATE sealing_key SET since = since || 'x'; COMMIT");
    };
    BOOST_CHECK_NO_THROW(create(options));
}

BOOST_AUTO_TEST_CASE(a_log_that_grows_beyond_its_limit_ends_the_backup) {
    add_app(2'000);
    BackupOptions options;
    options.max_log = mebibyte;
    options.progress = [&](const CopyProgress&) { add_app(200); };
    const auto message = message_of([&] { create(options); });
    BOOST_TEST(holds(message, target.string() + ": given up, as the write-ahead log has grown to "), message);
    BOOST_TEST(holds(message, "raise backup.max_wal"), message);
    BOOST_TEST(files().empty());
}

BOOST_AUTO_TEST_CASE(a_log_that_was_larger_to_begin_with_is_no_obstacle) {
    Connection other({.path = file.path()});  // not being the last, it leaves the log
    BOOST_TEST(other.integer("SELECT count(*) FROM apps") == 0);
    add_app(1'000);
    BackupOptions options;
    options.max_log = mebibyte;
    const auto made = create(options);
    BOOST_TEST(made.largest_log > mebibyte);
}

BOOST_AUTO_TEST_CASE(what_is_there_already_is_left_alone) {
    for (const auto* const name : {"backup.db", "backup.db.partial"}) {
        std::ofstream(folder.path() / name) << "mine";
        const auto message = message_of([&] { create(); });
        BOOST_TEST(holds(message, (folder.path() / name).string() + ": "), message);
        BOOST_TEST(fs::file_size(folder.path() / name) == 4U);
        BOOST_TEST(files().size() == 1U);
        fs::remove(folder.path() / name);
    }
}

BOOST_AUTO_TEST_CASE(a_backup_that_is_stopped_or_fails_leaves_nothing) {
    add_app(1'000);
    std::stop_source stop;
    BackupOptions options;
    options.stop = stop.get_token();
    options.progress = [&](const CopyProgress&) { stop.request_stop(); };
    BOOST_CHECK_THROW(create(options), SQLite::Exception);
    BOOST_TEST(files().empty());

    options.stop = {};
    options.progress = [](const CopyProgress&) { throw std::runtime_error("the power went out"); };
    BOOST_CHECK_THROW(create(options), std::runtime_error);
    BOOST_TEST(files().empty());
    BOOST_CHECK_THROW(create_backup(file.path(), folder.path() / "nowhere/backup.db", {}),
                      std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_full_leaves_nothing) {
    add_app(1'000);
    const test::TemporaryFolder disk_folder;
    target = disk_folder.path() / "backup.db";
    test::FaultyVfs disk(disk_folder.path());
    for (const auto call : {test::DiskCall::write, test::DiskCall::sync}) {
        disk.inject({.call = call, .code = SQLITE_FULL});
        BOOST_CHECK_THROW(create(), SQLite::Exception);
        BOOST_TEST(disk.has_struck());
        BOOST_TEST(fs::is_empty(disk_folder.path()));
    }
    disk.clear();
    BOOST_TEST(rows(create().contents, "apps") == 1);
}

BOOST_AUTO_TEST_CASE(a_damaged_backup_is_found) {
    add_app(1'000);
    create();
    constexpr std::int64_t in_long_value = 500 * 4096;  // where the page says which one follows
    flip_byte(in_long_value);
    BOOST_TEST(holds(refusal(), target.string() + ": it is damaged: "), refusal());
    flip_byte(in_long_value);
    BOOST_TEST(refusal() == "it was found whole");
    fs::resize_file(target, fs::file_size(target) / 2);
    BOOST_TEST(!holds(refusal(), "it was found whole"), refusal());
}

BOOST_AUTO_TEST_CASE(what_is_no_backup_of_ours_is_refused) {
    BOOST_TEST(refusal() == target.string() + ": there is no such file");
    std::ofstream(target) << std::string(10'000, 'x');
    BOOST_TEST(refusal() == target.string() + ": it is not a database");
    fs::remove(target);
    SQLite::Database(target.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE birds (name)");
    BOOST_TEST(refusal() == target.string() + ": it is no database of session-gateway");
    fs::remove(target);

    create();
    change_backup("UPDATE schema_migrations SET sha256 = 'x' WHERE number = 2");
    BOOST_TEST(holds(refusal(), "its migration 2 is not the one this binary knows"), refusal());
    fs::remove(target);
    create();
    change_backup("INSERT INTO schema_migrations VALUES (9999, 'future', 'x', '2025-03-15T12:00:00.000Z')");
    BOOST_TEST(holds(refusal(), "it was written by a newer session-gateway"), refusal());
    fs::remove(target);

    create();
    std::ofstream(target.string() + "-wal") << "the last writes";
    BOOST_TEST(holds(refusal(), "a log (-wal) stands beside it"), refusal());
}

BOOST_AUTO_TEST_CASE(copies_that_people_make_are_backups_too) {
    add_app(1);
    file.ask("VACUUM INTO '" + target.string() + "'");
    BOOST_TEST(rows(verify_backup(target), "apps") == 1);
    BOOST_TEST(files() == std::set<std::string>{"backup.db"});
}

BOOST_AUTO_TEST_CASE(an_older_database_is_backed_up_as_it_is) {
    const auto old = folder.path() / "old.db";
    Migrator(old, test::TestClock(), embedded_migrations().first(2)).migrate();
    const auto made = create_backup(old, target, {});
    BOOST_TEST(made.contents.migration == 2);
    BOOST_TEST(!made.contents.key_id.has_value());
}

BOOST_AUTO_TEST_CASE(rows_that_break_the_rules_do_not_keep_a_database_from_its_backup) {
    file.tamper("PRAGMA foreign_keys = OFF; INSERT INTO webhook_health (webhook, failures) VALUES (7, -1)");
    const auto made = create();
    BOOST_TEST_REQUIRE(made.contents.orphans.size() == 1U);
    BOOST_TEST(made.contents.orphans.front() ==
               "row 7 of webhook_health names a row of webhooks that is not there");
}

BOOST_AUTO_TEST_CASE(the_rows_of_every_table_are_counted) {
    std::set<std::string> counted;
    for (const auto& [table, count] : create().contents.rows)
        counted.emplace(table);
    const auto tables = file.ask(
        "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema"
        " WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name)");
    std::string names;
    for (const auto& name : counted)
        names.append(names.empty() ? "" : " ").append(name);
    BOOST_TEST(names == tables);
}

BOOST_AUTO_TEST_CASE(any_path_names_a_backup) {
    target = folder.path() / "a 100% odd?name#1.db";
    create();
    BOOST_TEST(refusal() == "it was found whole");
}

BOOST_AUTO_TEST_CASE(times_in_names_are_read_as_they_are_written) {
    const auto time = test::TestClock().now();
    BOOST_TEST(time_in_name(time) == "20250315T120000Z");
    BOOST_TEST((parse_time_in_name("20250315T120000Z") == time));
    for (const auto* const text : {"", "20250315T120000", "20250315T120000ZZ", "20251315T120000Z",
                                   "2025-03-15T12:00Z", "20250315 120000Z"})
        BOOST_TEST(!parse_time_in_name(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
