#include "storage/prepared_database.hpp"

#include "storage/backup.hpp"
#include "storage/command_database.hpp"
#include "tests/support/faulty_machine.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/test_database.hpp"

#include <SQLiteCpp/Exception.h>
#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace gateway::storage {

namespace fs = std::filesystem;

namespace {

constexpr uid_t nobody = 65534;

struct Fixture {
    test::TemporaryFolder folder;
    fs::path path = folder.path() / "gateway.db";
    fs::path key_file = folder.path() / "gateway.key";

    [[nodiscard]] std::vector<std::string> warnings() const {
        return PreparedDatabase(path, key_file, system_random, system_now).warnings();
    }

    /// Opens what is at `name`, which must not be possible.
    [[nodiscard]] std::string refusal(const fs::path& name) const {
        try {
            const PreparedDatabase opened(name, key_file, system_random, system_now);
        } catch (const std::exception& error) {
            return error.what();
        }
        return "it was opened";
    }

    [[nodiscard]] std::string refusal() const { return refusal(path); }
};

/// While it lives the process has no rights of root's.
class WithoutRights {
  public:
    WithoutRights() {
        if (is_root_) BOOST_REQUIRE(::seteuid(nobody) == 0);
    }

    ~WithoutRights() {
        if (is_root_) static_cast<void>(::seteuid(0));
    }

    WithoutRights(const WithoutRights&) = delete;
    WithoutRights& operator=(const WithoutRights&) = delete;

  private:
    bool is_root_ = ::geteuid() == 0;
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

void give(const fs::path& file, const uid_t user) {
    BOOST_REQUIRE(::chown(file.c_str(), user, user) == 0);
}

uid_t owner_of(const fs::path& file) {
    struct stat status {};

    BOOST_REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_uid;
}

const auto as_root = boost::unit_test::precondition([](auto) { return ::geteuid() == 0; });

}  // namespace

BOOST_FIXTURE_TEST_SUITE(prepared_database_test, Fixture)

BOOST_AUTO_TEST_CASE(files_that_are_the_users_alone_raise_no_warning) {
    BOOST_TEST(warnings().empty());
    BOOST_TEST(warnings().empty());
}

BOOST_AUTO_TEST_CASE(what_others_may_write_or_read_is_warned_of_in_one_line_each) {
    BOOST_TEST(warnings().empty());
    fs::permissions(path, static_cast<fs::perms>(0644U));
    const auto of_file = warnings();
    BOOST_TEST_REQUIRE(of_file.size() == 1U);
    BOOST_TEST(holds(of_file.front(), path.string() + " (its permissions are 0644)"), of_file.front());
    fs::permissions(path, static_cast<fs::perms>(0660U));
    BOOST_TEST(warnings().empty());

    fs::permissions(folder.path(), static_cast<fs::perms>(0777U));
    const auto of_folder = warnings();
    BOOST_TEST_REQUIRE(of_folder.size() == 2U);
    BOOST_TEST(holds(of_folder.front(), "the folder of " + path.string()), of_folder.front());
    BOOST_TEST(holds(of_folder.back(), "the folder of " + key_file.string()), of_folder.back());
    BOOST_TEST(holds(of_folder.back(), "chmod o-w " + folder.path().string()), of_folder.back());
}

BOOST_AUTO_TEST_CASE(a_foreign_owner_is_warned_of, *as_root) {
    BOOST_TEST(warnings().empty());
    for (const auto& file : {path, key_file}) {
        give(file, nobody);
        const auto found = warnings();
        BOOST_TEST_REQUIRE(found.size() == 1U);
        BOOST_TEST(holds(found.front(), file.string() + " belongs to user 65534"), found.front());
        give(file, 0);
    }
}

BOOST_AUTO_TEST_CASE(a_second_name_of_the_file_is_warned_of) {
    BOOST_TEST(warnings().empty());
    fs::create_hard_link(path, folder.path() / "second.db");
    const auto found = warnings();
    BOOST_TEST_REQUIRE(found.size() == 1U);
    BOOST_TEST(holds(found.front(), path.string() + " has 2 names"), found.front());
}

BOOST_AUTO_TEST_CASE(a_name_that_is_not_a_files_is_refused) {
    for (const auto* const name : {":memory:", "", "file:gateway.db?mode=memory"}) {
        const std::string told =
            "database.path is \"" + std::string(name) + "\": it must be the path of a file";
        BOOST_TEST(holds(refusal(name), told), refusal(name));
        const auto tells = [&](const DatabaseRefused& error) { return holds(error.what(), told); };
        BOOST_CHECK_EXCEPTION(CommandDatabase(name, system_now), DatabaseRefused, tells);
    }
    BOOST_TEST(holds(refusal(folder.path() / ":memory:"), "must be the path of a file"));
    BOOST_TEST(holds(refusal(folder.path()), "is not a plain file"));
    BOOST_TEST(fs::is_empty(folder.path()));
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_written_is_told) {
    fs::permissions(folder.path(), static_cast<fs::perms>(0555U));
    const WithoutRights without;
    const auto message = refusal();
    BOOST_TEST(holds(message, "cannot open " + path.string() + ": Permission denied; this user ("), message);
    BOOST_TEST(holds(message, "must be able to make files in its folder"), message);
    const auto deeper = refusal(folder.path() / "data" / "gateway.db");
    BOOST_TEST(holds(deeper, "cannot make the folder " + (folder.path() / "data").string()), deeper);
}

BOOST_AUTO_TEST_CASE(a_folder_without_room_for_the_log_is_told, *as_root) {
    BOOST_TEST(warnings().empty());
    for (const auto& file : {path, key_file, fs::path(path.string() + ".lock")})
        give(file, nobody);
    fs::permissions(folder.path(), static_cast<fs::perms>(0555U));
    const WithoutRights without;
    const auto message = refusal();
    BOOST_TEST(message.starts_with(path.string() + ": "), message);
    BOOST_TEST(holds(message, "this user (65534) must be able to write it, its folder"), message);
}

BOOST_AUTO_TEST_CASE(a_file_of_another_user_is_told, *as_root) {
    BOOST_TEST(warnings().empty());
    fs::permissions(folder.path(), static_cast<fs::perms>(0777U));
    const WithoutRights without;
    const auto of_database = refusal();
    BOOST_TEST(
        holds(of_database, "it belongs to user 0 and this is user 65534: `chown 65534 " + path.string()),
        of_database);
    BOOST_REQUIRE(::seteuid(0) == 0);
    give(path, nobody);
    BOOST_REQUIRE(::seteuid(nobody) == 0);
    const auto of_lock = refusal();
    BOOST_TEST(
        holds(of_lock, "cannot open " + path.string() + ".lock: Permission denied; it belongs to user 0"),
        of_lock);
}

BOOST_AUTO_TEST_CASE(root_leaves_the_side_file_to_the_databases_owner, *as_root) {
    BOOST_TEST(warnings().empty());
    give(path, nobody);
    const fs::path side_file = path.string() + ".lock";
    CommandDatabase(path, system_now);
    BOOST_TEST(owner_of(side_file) == nobody);
    fs::remove(side_file);
    CommandDatabase(path, system_now);
    BOOST_TEST(owner_of(side_file) == nobody);
}

BOOST_AUTO_TEST_CASE(what_fails_on_the_disk_is_told_with_the_file_and_what_to_do) {
    struct Case {
        int code;
        std::string advice;
    };

    for (const auto& [code, advice] : {Case{SQLITE_FULL, "; make room on its disk"},
                                       {SQLITE_IOERR, "; look after its disk"},
                                       {SQLITE_READONLY, ") must be able to write it"},
                                       {SQLITE_CORRUPT, "; it is damaged: put a backup in its place"}}) {
        test::FaultyMachine machine;
        machine.disk().inject({.call = test::DiskCall::write, .code = code, .lasting = true});
        const auto tells = [&](const SQLite::Exception& error) {
            BOOST_TEST_INFO(error.what());
            return std::string(error.what()).starts_with(machine.path().string() + ": ") &&
                   holds(error.what(), advice);
        };
        BOOST_CHECK_EXCEPTION(
            PreparedDatabase(machine.path(), machine.folder() / "gateway.key", system_random, system_now),
            SQLite::Exception, tells);
        machine.disk().clear();
        {
            const PreparedDatabase made(machine.path(), machine.folder() / "gateway.key", system_random,
                                        system_now);
        }
        CommandDatabase database(machine.path(), system_now);
        machine.disk().inject({.call = test::DiskCall::write, .code = code, .lasting = true});
        const auto change = [](Transaction& transaction) {
            return transaction.execute("UPDATE sealing_key SET since = '2025-03-15T12:00:00.000Z'");
        };
        BOOST_CHECK_EXCEPTION(database.write(change), SQLite::Exception, tells);
    }
}

BOOST_AUTO_TEST_CASE(a_database_that_cannot_be_marked_is_opened_with_a_warning) {
    test::FaultyMachine machine;
    const auto open = [&] {
        return PreparedDatabase(machine.path(), machine.folder() / "gateway.key", system_random, system_now)
            .warnings();
    };
    BOOST_TEST(open().empty());
    machine.disk().inject({.call = test::DiskCall::write, .code = SQLITE_FULL, .lasting = true});
    const auto warned = open();
    BOOST_TEST_REQUIRE(warned.size() == 1U);
    BOOST_TEST(holds(warned.front(), machine.path().string() + " could not be marked"), warned.front());
    machine.disk().clear();
    BOOST_TEST(open().empty());
}

BOOST_AUTO_TEST_CASE(a_database_that_is_there_is_backed_up_before_it_is_migrated) {
    const PreparationOptions options{.backup_folder = folder.path() / "copies"};
    const auto prepare = [&] {
        const PreparedDatabase prepared(path, key_file, system_random, test::TestClock(), options);
        return prepared.backup();
    };
    Migrator(path, test::TestClock(), embedded_migrations().first(2)).migrate();
    const auto backup = prepare();
    BOOST_TEST_REQUIRE(backup.has_value());
    BOOST_TEST(*backup == folder.path() / "copies/gateway.db.before-migration-3-20250315T120000Z");
    BOOST_TEST(verify_backup(*backup).migration == 2);
    BOOST_TEST(!prepare().has_value());
}

BOOST_AUTO_TEST_CASE(a_new_database_is_not_backed_up) {
    const PreparationOptions options{.backup_folder = folder.path() / "copies"};
    const PreparedDatabase prepared(path, key_file, system_random, system_now, options);
    BOOST_TEST(!prepared.applied().empty());
    BOOST_TEST(!prepared.backup().has_value());
    BOOST_TEST(!fs::exists(folder.path() / "copies"));
}

BOOST_AUTO_TEST_CASE(a_database_is_not_migrated_where_its_backup_cannot_be_made) {
    const Migrator migrator(path, test::TestClock());
    Migrator(path, test::TestClock(), embedded_migrations().first(2)).migrate();
    const test::TemporaryFolder full;
    const PreparationOptions options{.backup_folder = full.path()};
    {
        test::FaultyVfs disk(full.path());
        disk.inject({.call = test::DiskCall::write, .code = SQLITE_FULL, .lasting = true});
        const auto tells = [&](const DatabaseRefused& refused) {
            BOOST_TEST_INFO(refused.what());
            return holds(refused.what(), path.string() +
                                             ": migration 3 is to be applied, and the backup before "
                                             "that cannot be made: ") &&
                   holds(refused.what(), "backup.before_migration = false");
        };
        BOOST_CHECK_EXCEPTION(PreparedDatabase(path, key_file, system_random, system_now, options),
                              DatabaseRefused, tells);
    }
    BOOST_TEST(!migrator.status()[2].applied_at.has_value());
    BOOST_TEST(fs::is_empty(full.path()));
    BOOST_TEST(!PreparedDatabase(path, key_file, system_random, system_now).applied().empty());
}

BOOST_AUTO_TEST_CASE(a_log_that_another_program_checkpoints_is_left_as_it_is) {
    BOOST_TEST(warnings().empty());
    const auto log_size = [&] {
        return fs::exists(path.string() + "-wal") ? fs::file_size(path.string() + "-wal") : 0;
    };
    BOOST_TEST(log_size() == 0U);
    {
        const PreparationOptions options{.checkpoints = Checkpoints::external};
        const PreparedDatabase prepared(path, key_file, system_random, system_now, options);
        BOOST_TEST(log_size() > 0U);
    }
    BOOST_TEST(log_size() > 0U);
    BOOST_TEST(warnings().empty());
    BOOST_TEST(log_size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
