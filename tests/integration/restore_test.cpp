// The database's file is replaced while the log of the former one stands beside it, as a crash leaves it.

#include "storage/prepared_database.hpp"
#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace gateway::test {

namespace fs = std::filesystem;

namespace {

/// SQL run by a person with `sqlite3`.
void run_sql(const fs::path& database, const std::string& sql) {
    constexpr int busy_timeout = 5'000;
    SQLite::Database(database.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_timeout).exec(sql);
}

/// `.backup`
void back_up(const fs::path& database, const fs::path& target) {
    SQLite::Database source(database.string());
    SQLite::Database copy(target.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    SQLite::Backup(copy, source).executeStep();
}

void vacuum_into(const fs::path& database, const fs::path& target) {
    run_sql(database, "VACUUM INTO '" + target.string() + "'");
}

/// `cp`: the file stays the same one.
void copy_over(const fs::path& source, const fs::path& target) {
    fs::copy_file(source, target, fs::copy_options::overwrite_existing);
}

/// `mv` of a copy: another file takes the name.
void move_over(const fs::path& source, const fs::path& target) {
    const auto moved = source.string() + ".moved";
    fs::copy_file(source, moved);
    fs::rename(moved, target);
}

/// A database with one webhook.
class Folder : public AppFolder {
  public:
    Folder() { add("before"); }

    fs::path wal = database().string() + "-wal";
    fs::path shm = database().string() + "-shm";
    fs::path side_file = database().string() + ".lock";
    fs::path backup = path() / "backup.db";

    void add(const std::string& name) const {
        static_cast<void>(add_webhook({"--url", "https://example.com/" + name, "--verification-token", "a"}));
    }

    [[nodiscard]] std::size_t webhooks() const {
        return print_json({"webhook", "list", "--app", "54e9ujn"}).as_array().size();
    }

    /// Serves, adds a webhook to what is there, and is killed: its log stays.
    void crash_with_one_more(const std::function<void()>& while_it_runs = [] {}) const {
        Daemon daemon(path());
        add("more");
        while_it_runs();
        daemon.kill();
        BOOST_TEST_REQUIRE(fs::file_size(wal) > 0U);
    }

    void serve_and_stop() const {
        Daemon daemon(path());
        daemon.signal(SIGTERM);
        BOOST_TEST_REQUIRE(daemon.wait() == 0, daemon.log());
    }

    /// Everything that would open the file says what to do, and changes nothing.
    void check_refused() const {
        const auto bytes = database_bytes();
        for (const Arguments& arguments :
             {Arguments{"serve"}, {"migrate"}, {"migrate", "--status"}, {"app", "list"}, {"app", "create"}}) {
            const auto message = fail(arguments);
            BOOST_TEST(holds(message, database().string() + ": it is not the database that"), message);
            BOOST_TEST(holds(message, "move " + wal.string() + " and " + shm.string() + " away"), message);
        }
        BOOST_TEST((database_bytes() == bytes));
    }

    void move_log_away() const {
        fs::rename(wal, path() / "away-wal");
        fs::rename(shm, path() / "away-shm");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(restore_test, Folder)

BOOST_AUTO_TEST_CASE(a_backup_put_beside_the_log_of_a_crash_is_refused_and_whole_after_the_advice) {
    // Made before the crash, while the daemon ran; with the daemon's own mark where the name says so.
    const std::vector<std::pair<std::string, std::function<void()>>> backups{
        {"cp of a stopped database", [&] { copy_over(database(), backup); }},
        {".backup", [&] { crash_with_one_more([&] { back_up(database(), backup); }); }},
        {"VACUUM INTO", [&] { crash_with_one_more([&] { vacuum_into(database(), backup); }); }}};
    for (const auto& [name, make] : backups) {
        for (const auto& put : {copy_over, move_over}) {
            BOOST_TEST_CONTEXT(name << (put == copy_over ? ", cp" : ", mv")) {
                fs::remove(backup);
                make();
                const auto kept = webhooks();
                crash_with_one_more();
                put(backup, database());
                check_refused();
                move_log_away();
                serve_and_stop();
                BOOST_TEST(webhooks() == kept);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_backup_of_the_very_run_that_crashed_is_told_from_its_database) {
    for (const auto& make : {back_up, vacuum_into}) {
        fs::remove(backup);
        crash_with_one_more([&] {
            make(database(), backup);
            add("later");
        });
        copy_over(backup, database());
        check_refused();
        move_log_away();
        serve_and_stop();
    }
}

BOOST_AUTO_TEST_CASE(a_backup_is_restored_at_once_where_no_log_stands) {
    serve_and_stop();
    copy_over(database(), backup);
    add("more");
    serve_and_stop();
    BOOST_TEST_REQUIRE(!fs::exists(wal));
    copy_over(backup, database());
    serve_and_stop();
    BOOST_TEST(webhooks() == 1U);
    back_up(database(), backup);
    move_over(backup, database());
    serve_and_stop();
    BOOST_TEST(webhooks() == 1U);
}

BOOST_AUTO_TEST_CASE(a_crash_is_recovered_from_wherever_it_came) {
    crash_with_one_more();
    crash_with_one_more();
    { Daemon(path()).kill(); }
    BOOST_TEST(webhooks() == 3U);
    crash_with_one_more([&] {
        run_sql(database(), "CREATE INDEX by_hand ON webhooks (url); ANALYZE; PRAGMA wal_checkpoint");
        add("into-a-new-log");
    });
    BOOST_TEST(webhooks() == 5U);
    crash_with_one_more([&] {
        run_sql(database(), "VACUUM; PRAGMA wal_checkpoint(RESTART)");
        add("into-a-new-log");
    });
    serve_and_stop();
    BOOST_TEST(webhooks() == 7U);
}

BOOST_AUTO_TEST_CASE(a_crash_is_recovered_from_in_another_place) {
    crash_with_one_more();
    const fs::path data = database().parent_path();
    fs::copy(data, path() / "copy");
    fs::remove_all(data);
    fs::rename(path() / "copy", data);
    serve_and_stop();
    BOOST_TEST(webhooks() == 2U);
}

BOOST_AUTO_TEST_CASE(a_log_that_was_restored_with_its_file_is_taken_when_the_side_file_is_gone) {
    crash_with_one_more();
    const fs::path set = path() / "set";
    fs::create_directory(set);
    for (const auto& file : {database(), wal})
        fs::copy_file(file, set / file.filename());
    crash_with_one_more();
    crash_with_one_more();
    for (const auto& file : {database(), wal})
        copy_over(set / file.filename(), file);
    BOOST_TEST(holds(fail({"serve"}), "if the log was restored along with it, remove " + side_file.string()));
    fs::remove(side_file);
    fs::remove(shm);
    serve_and_stop();
    BOOST_TEST(webhooks() == 2U);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_missing_or_empty_is_not_replaced_by_a_new_one) {
    serve_and_stop();
    const auto check = [&](const std::string& what) {
        for (const auto* const command : {"serve", "migrate"}) {
            const auto message = fail({command});
            BOOST_TEST(holds(message, database().string() + ": " + what + ", although "), message);
            BOOST_TEST(holds(message, "put a backup in its place, or remove that file"), message);
        }
    };
    fs::copy_file(database(), backup);
    fs::remove(database());
    check("there is no such file");
    BOOST_TEST(!fs::exists(database()));
    write("data/session-gateway.db", "");
    check("it is empty");
    BOOST_TEST(holds(fail({"app", "list"}), "it is empty"));
    run_sql(database(), "PRAGMA journal_mode = WAL");
    check("it holds nothing");

    copy_over(backup, database());
    serve_and_stop();
    BOOST_TEST(webhooks() == 1U);
    fs::remove(database());
    fs::remove(side_file);
    serve_and_stop();
    BOOST_TEST(print_json({"app", "list"}).as_array().empty());
}

BOOST_AUTO_TEST_CASE(a_backup_copied_over_a_database_in_use_is_told_and_stays_as_it_is) {
    serve_and_stop();
    back_up(database(), backup);
    {
        const storage::PreparedDatabase prepared(database(), key_file(), system_random, system_now);
        add("more");
        BOOST_TEST(!prepared.file().fault().has_value());
        run_sql(database(), "CREATE INDEX by_hand ON webhooks (url); PRAGMA wal_checkpoint");
        BOOST_TEST(!prepared.file().fault().has_value());
        copy_over(backup, database());
        const auto fault = prepared.file().fault();
        BOOST_TEST_REQUIRE(fault.has_value());
        BOOST_TEST(holds(*fault, database().string() + " holds another database now"), *fault);
    }
    BOOST_TEST((content_of(database()) == content_of(backup)));
    check_refused();
    move_log_away();
    serve_and_stop();
    BOOST_TEST(webhooks() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
