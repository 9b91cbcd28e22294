#include "storage/sqlite/migrator.hpp"

#include "storage/sqlite/side_lock.hpp"
#include "tests/support/test_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <vector>

namespace gateway::storage {

namespace {

constexpr Migration birds{1, "birds", "CREATE TABLE birds (name TEXT NOT NULL) STRICT;"};
constexpr Migration nests{2, "nests", "CREATE TABLE nests (tree TEXT); INSERT INTO birds VALUES ('wren');"};
constexpr Migration eggs{3, "eggs", "CREATE TABLE eggs (blue INTEGER);"};
constexpr Migration trees{1, "trees",
                          "CREATE TABLE trees (name TEXT PRIMARY KEY); INSERT INTO trees VALUES ('oak');"};
constexpr Migration leaves{2, "leaves",
                           "CREATE TABLE leaves (tree TEXT NOT NULL REFERENCES trees ON DELETE CASCADE);"
                           "INSERT INTO leaves VALUES ('oak'), ('oak');"};
constexpr Migration new_trees{3, "new_trees",
                              "CREATE TABLE trees_new (name TEXT PRIMARY KEY, height INTEGER);"
                              "INSERT INTO trees_new SELECT name, 30 FROM trees;"
                              "DROP TABLE trees; ALTER TABLE trees_new RENAME TO trees;"};
constexpr Migration broken_eggs{3, "broken",
                                "CREATE TABLE eggs (blue INTEGER); INSERT INTO birds VALUES (NULL);"};

struct Fixture {
    test::TemporaryFolder folder;
    test::TestClock clock;
    std::filesystem::path path = folder.path() / "gateway.db";

    auto migrate(const std::vector<Migration>& migrations) {
        return Migrator(path, clock, migrations).migrate();
    }

    /// The first column of the first row, "none" without one.
    std::string ask(const std::string& sql) {
        const SQLite::Database shell(path.string(), SQLite::OPEN_READWRITE);
        SQLite::Statement statement(shell, sql);
        return statement.executeStep() ? statement.getColumn(0).getString() : "none";
    }

    /// What `.dump` of the sqlite3 shell writes: tables with their rows, then the rest; nothing of the
    /// header.
    std::string dump() {
        const SQLite::Database shell(path.string(), SQLite::OPEN_READWRITE);
        std::string text = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n";
        SQLite::Statement object(shell,
                                 "SELECT sql, type = 'table', name FROM sqlite_schema WHERE sql NOTNULL"
                                 " AND name NOT GLOB 'sqlite_*' ORDER BY type <> 'table', rowid");
        while (object.executeStep()) {
            text.append(object.getColumn(0).getString()).append(";\n");
            if (object.getColumn(1).getInt() == 0) continue;
            const auto table = object.getColumn(2).getString();
            const auto columns =
                ask("SELECT group_concat('quote(' || name || ')', ' || '','' || ') FROM pragma_table_info('" +
                    table + "')");
            SQLite::Statement row(shell, "SELECT " + columns + " FROM " + table);
            while (row.executeStep())
                text.append("INSERT INTO " + table + " VALUES(")
                    .append(row.getColumn(0).getString())
                    .append(");\n");
        }
        return text + "COMMIT;\n";
    }

    void change(const std::string& sql) {
        SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
    }

    /// Only while no connection to it is open in this process: closing the file would drop SQLite's locks.
    std::string bytes() {
        std::ostringstream all;
        all << std::ifstream(path, std::ios::binary).rdbuf();
        return all.str();
    }
};

unsigned mode_of(const std::filesystem::path& path) {
    struct stat status {};

    BOOST_REQUIRE_MESSAGE(::stat(path.c_str(), &status) == 0, path);
    return status.st_mode & 0777U;
}

/// Whether a refusal names the file and holds `text`, in one line.
auto refusal(const std::filesystem::path& path, const std::string& text) {
    return [path, text](const DatabaseRefused& error) {
        const std::string message = error.what();
        BOOST_TEST_INFO(message);
        return message.starts_with(path.string() + ": ") && message.find(text) != std::string::npos &&
               message.find('\n') == std::string::npos;
    };
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(migrator_test, Fixture)

BOOST_AUTO_TEST_CASE(the_embedded_migrations_make_a_database_that_names_itself) {
    const auto applied = Migrator(path, clock).migrate();
    const auto known = embedded_migrations();
    BOOST_TEST(applied.size() == known.size());
    BOOST_TEST(ask("PRAGMA application_id") == std::to_string(application_id));
    BOOST_TEST(ask("PRAGMA user_version") == std::to_string(known.back().number));
    BOOST_TEST(ask("PRAGMA journal_mode") == "wal");
    BOOST_TEST(ask("PRAGMA integrity_check") == "ok");
    BOOST_TEST(ask("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
                   " AND name NOT GLOB 'sqlite_*' AND NOT strict") == "0");
}

BOOST_AUTO_TEST_CASE(the_embedded_migrations_are_numbered_from_one_without_gaps) {
    int expected = 1;
    for (const auto& migration : embedded_migrations()) {
        BOOST_TEST(migration.number == expected++);
        BOOST_TEST(!migration.name.empty());
        BOOST_TEST(!migration.sql.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_fresh_file_and_its_log_are_the_owners_alone) {
    Migrator(path, clock).migrate();
    Connection connection({.path = path});
    connection.execute(
        "INSERT INTO apps (id, name, created_at, updated_at) VALUES ('54e9ujn', '', "
        "'2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z')");
    BOOST_TEST(mode_of(path) == 0600U);
    BOOST_TEST(mode_of(path.string() + "-wal") == 0600U);
    BOOST_TEST(mode_of(path.string() + "-shm") == 0600U);
}

BOOST_AUTO_TEST_CASE(the_folder_of_the_file_is_made) {
    path = folder.path() / "data" / "deep" / "gateway.db";
    BOOST_TEST(migrate({birds}).size() == 1U);
    BOOST_TEST(std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(a_path_that_cannot_be_a_file_is_told) {
    std::filesystem::create_directory(path);
    const auto says = [](const std::string& text) {
        return [text](const std::runtime_error& error) { return error.what() == text; };
    };
    BOOST_CHECK_EXCEPTION(
        migrate({birds}), std::runtime_error,
        says("cannot open " + path.string() +
             ": Is a directory; choose another path, or make this one a file that this user can write"));
    BOOST_CHECK_EXCEPTION(static_cast<void>(Migrator(path, clock).status()), SQLite::Exception,
                          says(path.string() + ": it cannot be read: unable to open database file"));
}

BOOST_AUTO_TEST_CASE(what_was_applied_is_given_and_kept_with_its_checksum_and_time) {
    const auto applied = migrate({birds, nests});
    BOOST_REQUIRE(applied.size() == 2U);
    BOOST_TEST(applied[0].number == 1);
    BOOST_TEST(applied[1].name == "nests");
    BOOST_CHECK(applied[1].applied_at == clock.now());
    BOOST_TEST(ask("SELECT group_concat(number || ' ' || name || ' ' || length(sha256) || ' ' || applied_at,"
                   " '; ') FROM schema_migrations") ==
               "1 birds 64 2025-03-15T12:00:00.000Z; 2 nests 64 2025-03-15T12:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(a_second_run_applies_nothing) {
    migrate({birds, nests});
    clock.advance(std::chrono::seconds(1));
    BOOST_TEST(migrate({birds, nests}).empty());
    BOOST_TEST(ask("SELECT count(*) FROM birds") == "1");
    BOOST_TEST(ask("SELECT max(applied_at) FROM schema_migrations") == "2025-03-15T12:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(an_older_file_gets_only_what_it_lacks) {
    migrate({birds});
    const auto applied = migrate({birds, nests, eggs});
    BOOST_REQUIRE(applied.size() == 2U);
    BOOST_TEST(applied.front().number == 2);
    BOOST_TEST(ask("PRAGMA user_version") == "3");
}

BOOST_AUTO_TEST_CASE(a_failed_migration_leaves_nothing_of_itself_and_all_before_it) {
    BOOST_CHECK_THROW(migrate({birds, nests, broken_eggs}), SQLite::Exception);
    BOOST_TEST(ask("PRAGMA user_version") == "2");
    BOOST_TEST(ask("SELECT count(*) FROM sqlite_schema WHERE name = 'eggs'") == "0");
    BOOST_TEST(ask("SELECT count(*) FROM schema_migrations") == "2");
    BOOST_TEST(migrate({birds, nests, eggs}).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_failed_first_migration_leaves_a_file_that_can_be_migrated) {
    constexpr Migration broken{1, "birds", "CREATE TABLE birds (name TEXT); nonsense;"};
    BOOST_CHECK_THROW(migrate({broken}), SQLite::Exception);
    BOOST_TEST(ask("SELECT count(*) FROM sqlite_schema") == "0");
    BOOST_TEST(ask("PRAGMA application_id") == "0");
    BOOST_TEST(migrate({birds}).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_migration_that_rebuilds_a_table_keeps_what_refers_to_its_rows) {
    migrate({trees, leaves});
    BOOST_TEST(migrate({trees, leaves, new_trees}).size() == 1U);
    BOOST_TEST(ask("SELECT group_concat(name) FROM trees") == "oak");
    BOOST_TEST(ask("SELECT group_concat(tree) FROM leaves") == "oak,oak");
    Connection connection({.path = path});
    BOOST_CHECK_THROW(connection.execute("INSERT INTO leaves VALUES ('elm')"), SQLite::Exception);
    connection.execute("DELETE FROM trees");
    BOOST_TEST(connection.integer("SELECT count(*) FROM leaves") == 0);
}

BOOST_AUTO_TEST_CASE(a_migration_that_leaves_rows_without_their_parent_is_refused_and_names_them) {
    constexpr Migration felled{3, "felled", "DELETE FROM trees;"};
    migrate({trees, leaves});
    BOOST_CHECK_EXCEPTION(migrate({trees, leaves, felled}), DatabaseRefused,
                          refusal(path,
                                  "migration 3 (felled) cannot be applied because of 2 faults, and nothing "
                                  "was changed: row 1 of leaves names a row of trees that is not there; "
                                  "row 2 of leaves"));
    BOOST_TEST(ask("SELECT count(*) FROM trees") == "1");
    BOOST_TEST(ask("PRAGMA user_version") == "2");
}

BOOST_AUTO_TEST_CASE(a_migration_that_objects_to_rows_is_refused_and_names_them) {
    constexpr Migration picky{2, "picky", "INSERT INTO objections SELECT name || ' sings' FROM birds;"};
    constexpr Migration two{1, "birds", "CREATE TABLE birds (name TEXT); INSERT INTO birds VALUES ('wren');"};
    BOOST_CHECK_EXCEPTION(migrate({two, picky}), DatabaseRefused,
                          refusal(path, "because of 1 fault, and nothing was changed: wren sings; correct"));
    BOOST_TEST(ask("PRAGMA user_version") == "1");
}

BOOST_AUTO_TEST_CASE(a_newer_file_is_refused_and_left_alone) {
    migrate({birds, nests});
    const std::string before = bytes();
    BOOST_CHECK_EXCEPTION(migrate({birds}), DatabaseRefused, refusal(path, "newer session-gateway"));
    BOOST_CHECK(bytes() == before);
}

BOOST_AUTO_TEST_CASE(an_edited_migration_is_refused) {
    migrate({birds, nests});
    constexpr Migration edited{1, "birds", "CREATE TABLE birds (name TEXT NOT NULL) STRICT; -- tidied"};
    BOOST_CHECK_EXCEPTION(migrate({edited, nests, eggs}), DatabaseRefused,
                          refusal(path, "its migration 1 is not the one"));
    BOOST_TEST(ask("PRAGMA user_version") == "2");
}

BOOST_AUTO_TEST_CASE(a_database_of_another_program_is_refused_and_left_alone) {
    change("PRAGMA application_id = 7; CREATE TABLE recipes (name)");
    const std::string before = bytes();
    BOOST_CHECK_EXCEPTION(migrate({birds}), DatabaseRefused, refusal(path, "another program"));
    BOOST_CHECK(bytes() == before);
}

BOOST_AUTO_TEST_CASE(a_database_with_tables_and_no_application_id_is_refused_and_left_alone) {
    change("CREATE TABLE recipes (name)");
    const std::string before = bytes();
    BOOST_CHECK_EXCEPTION(migrate({birds}), DatabaseRefused, refusal(path, "another program"));
    BOOST_CHECK_EXCEPTION(static_cast<void>(Migrator(path, clock).status()), DatabaseRefused,
                          refusal(path, "another program"));
    BOOST_CHECK(bytes() == before);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_refused_and_left_alone) {
    for (const std::string text : {"Dear reader",
                                   "a letter longer than the header of a database file. "
                                   "It has more than one hundred bytes, so it does."}) {
        std::ofstream(path) << text;
        BOOST_CHECK_EXCEPTION(migrate({birds}), DatabaseRefused, refusal(path, "not a database"));
        BOOST_TEST(bytes() == text);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_made_a_database) {
    std::ofstream(path).close();
    BOOST_TEST(migrate({birds}).size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_status_names_what_was_applied_and_what_was_not) {
    migrate({birds});
    const std::vector<Migration> both{birds, nests};
    const auto status = Migrator(path, clock, both).status();
    BOOST_REQUIRE(status.size() == 2U);
    BOOST_TEST(status[0].name == "birds");
    BOOST_CHECK(status[0].applied_at == clock.now());
    BOOST_TEST(status[1].number == 2);
    BOOST_CHECK(!status[1].applied_at);
    BOOST_TEST(ask("PRAGMA user_version") == "1");
}

BOOST_AUTO_TEST_CASE(the_status_of_a_missing_file_is_refused_and_makes_none) {
    BOOST_CHECK_EXCEPTION(static_cast<void>(Migrator(path, clock).status()), DatabaseRefused,
                          refusal(path, "no such file"));
    BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(only_a_file_with_every_migration_is_current) {
    const std::vector<Migration> both{birds, nests};
    const Migrator migrator(path, clock, both);
    BOOST_CHECK_EXCEPTION(migrator.require_current(), DatabaseRefused, refusal(path, "no such file"));
    migrate({birds});
    BOOST_CHECK_EXCEPTION(migrator.require_current(), DatabaseRefused, refusal(path, "older"));
    migrate(both);
    BOOST_CHECK_NO_THROW(migrator.require_current());
    migrate({birds, nests, eggs});
    BOOST_CHECK_EXCEPTION(migrator.require_current(), DatabaseRefused, refusal(path, "newer"));
}

BOOST_AUTO_TEST_CASE(a_relative_path_is_named_whole) {
    const std::filesystem::path relative = "session-gateway-test-that-is-not-there.db";
    BOOST_CHECK_EXCEPTION(Migrator(relative, clock).require_current(), DatabaseRefused,
                          refusal(std::filesystem::current_path() / relative, "no such file"));
}

BOOST_AUTO_TEST_CASE(a_dump_that_was_read_in_is_ours_again) {
    Migrator(path, clock).migrate();
    change(
        "INSERT INTO apps (id, name, created_at, updated_at) VALUES ('54e9ujn', 'It''s a shop',"
        " '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z')");
    const auto text = dump();
    std::filesystem::remove(path);
    change(text);
    BOOST_TEST_REQUIRE(ask("PRAGMA application_id") == "0");
    BOOST_CHECK_NO_THROW(Migrator(path, clock).require_current());
    BOOST_TEST(Migrator(path, clock).status().back().applied_at.has_value());
    BOOST_TEST(Migrator(path, clock).migrate().empty());
    BOOST_TEST(ask("PRAGMA application_id") == std::to_string(application_id));
    BOOST_TEST(ask("PRAGMA user_version") == std::to_string(embedded_migrations().back().number));
    BOOST_TEST(ask("SELECT name FROM apps") == "It's a shop");
}

BOOST_AUTO_TEST_CASE(a_dump_of_an_older_version_is_brought_up_to_date) {
    migrate({birds});
    const auto text = dump();
    std::filesystem::remove(path);
    change(text);
    BOOST_TEST(migrate({birds, nests}).size() == 1U);
    BOOST_TEST(ask("SELECT name FROM birds") == "wren");
    BOOST_TEST(ask("PRAGMA application_id") == std::to_string(application_id));
    BOOST_TEST(ask("PRAGMA user_version") == "2");
}

BOOST_AUTO_TEST_CASE(a_table_of_that_name_alone_does_not_make_it_ours) {
    for (const auto* const table : {"CREATE TABLE schema_migrations (version TEXT)",
                                    "CREATE TABLE schema_migrations (number, name, sha256, applied_at)",
                                    "CREATE TABLE schema_migrations (number, name, sha256, applied_at);"
                                    "INSERT INTO schema_migrations VALUES (1, 'birds', 'abc', 'now')"}) {
        std::filesystem::remove(path);
        change(table);
        const auto before = bytes();
        BOOST_CHECK_EXCEPTION(migrate({birds}), DatabaseRefused, refusal(path, "of another program"));
        BOOST_TEST((bytes() == before));
    }
}

BOOST_AUTO_TEST_CASE(a_time_that_was_broken_by_hand_is_named_with_its_row) {
    migrate({birds, nests});
    change("UPDATE schema_migrations SET applied_at = 'yesterday' WHERE number = 2");
    const std::string row = "row 2 of its table schema_migrations holds \"yesterday\" in applied_at";
    BOOST_CHECK_EXCEPTION(migrate({birds, nests}), DatabaseRefused, refusal(path, row));
    const std::vector<Migration> both{birds, nests};
    BOOST_CHECK_EXCEPTION(static_cast<void>(Migrator(path, clock, both).status()), DatabaseRefused,
                          refusal(path, row));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
