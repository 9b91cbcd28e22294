#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

// `backup create`, `verify`, `restore`, and the daemon's own backups.

namespace gateway::test {

namespace fs = std::filesystem;

namespace {

/// With one webhook.
struct Folder : AppFolder {
    fs::path backup = path() / "backup.db";

    Folder() { add("before"); }

    void add(const std::string& name) const {
        static_cast<void>(add_webhook({"--url", "https://example.com/" + name, "--verification-token", "a"}));
    }

    [[nodiscard]] std::size_t webhooks() const {
        return print_json({"webhook", "list", "--app", "54e9ujn"}).as_array().size();
    }

    void serve_and_stop() const {
        Daemon daemon(path());
        daemon.signal(SIGTERM);
        BOOST_TEST_REQUIRE(daemon.wait() == 0, daemon.log());
    }

    /// The files that a restore has kept aside.
    [[nodiscard]] std::vector<fs::path> kept() const {
        std::vector<fs::path> files;
        for (const auto& entry : fs::directory_iterator(database().parent_path())) {
            if (holds(entry.path().string(), ".before-restore-")) files.push_back(entry.path());
        }
        return files;
    }

    [[nodiscard]] static int webhooks_in(const fs::path& file) {
        return SQLite::Database(file.string(), SQLite::OPEN_READWRITE)
            .execAndGet("SELECT count(*) FROM webhooks")
            .getInt();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_command_test, Folder)

BOOST_AUTO_TEST_CASE(a_backup_is_made_beside_a_daemon_and_restored_without_it) {
    {
        Daemon daemon(path());
        const auto made = print_json({"backup", "create", backup.string()}).as_object();
        BOOST_TEST(made.at("file").as_string() == backup.string());
        BOOST_TEST(made.at("rows").at("webhooks").as_int64() == 1);
        BOOST_TEST(made.at("key_id").as_string().starts_with("key_"));
        BOOST_TEST(made.at("pages").as_int64() > 0);
        add("after");

        const auto message = fail({"backup", "restore", backup.string()});
        BOOST_TEST(holds(message, database().string() + ": a session-gateway serves it"), message);
        BOOST_TEST(webhooks() == 2U);
        daemon.signal(SIGTERM);
        BOOST_TEST(daemon.wait() == 0);
    }
    BOOST_TEST(holds(succeed({"backup", "verify", backup.string()}), backup.string()));
    fs::permissions(database(), static_cast<fs::perms>(0640U));
    const auto printed = succeed({"backup", "restore", backup.string()});
    BOOST_TEST_REQUIRE(kept().size() == 1U);
    BOOST_TEST(holds(printed, kept().front().string()), printed);
    BOOST_TEST((fs::status(database()).permissions() == static_cast<fs::perms>(0640U)));
    BOOST_TEST(webhooks() == 1U);
    BOOST_TEST(webhooks_in(kept().front()) == 2);
    BOOST_TEST(fs::exists(backup));
    serve_and_stop();
    add("later");
    serve_and_stop();
    BOOST_TEST(webhooks() == 2U);
}

BOOST_AUTO_TEST_CASE(the_last_writes_before_a_crash_are_kept_with_the_former_database) {
    succeed({"backup", "create", backup.string()});
    {
        Daemon daemon(path());
        add("last");
        daemon.kill();
    }
    BOOST_TEST_REQUIRE(fs::file_size(database().string() + "-wal") > 0U);
    succeed({"backup", "restore", backup.string()});
    BOOST_TEST(!fs::exists(database().string() + "-wal"));
    BOOST_TEST(webhooks() == 1U);
    BOOST_TEST_REQUIRE(kept().size() == 1U);
    BOOST_TEST(webhooks_in(kept().front()) == 2);
    serve_and_stop();
}

BOOST_AUTO_TEST_CASE(a_restore_that_was_killed_is_told_of_and_can_be_done_again) {
    succeed({"backup", "create", backup.string()});
    {
        Daemon daemon(path());
        add("last");
        daemon.kill();
    }
    // As one leaves it between its last steps: the restored file beside the log of the former.
    fs::create_hard_link(database(), database().string() + ".before-restore-20250315T120000Z");
    fs::copy_file(backup, database().string() + ".partial");
    fs::rename(database().string() + ".partial", database());
    const auto message = fail({"serve"});
    BOOST_TEST(holds(message, database().string() + ": it is not the database that"), message);
    std::ofstream(database().string() + ".partial") << "of one that was killed earlier";
    succeed({"backup", "restore", backup.string()});
    BOOST_TEST(webhooks() == 1U);
    serve_and_stop();
}

BOOST_AUTO_TEST_CASE(a_database_that_is_gone_or_damaged_is_restored) {
    serve_and_stop();
    succeed({"backup", "create", backup.string()});
    std::ofstream(database(), std::ios::in | std::ios::out) << std::string(8'192, 'x');
    succeed({"backup", "restore", backup.string()});
    BOOST_TEST(webhooks() == 1U);
    BOOST_TEST(content_of(kept().front()).starts_with("xxxx"));

    const auto key = content_of(key_file());
    fs::remove_all(database().parent_path());
    BOOST_TEST(holds(fail({"backup", "restore", backup.string()}), "session-gateway.key: is not there"));
    BOOST_TEST(!fs::exists(database()));
    write("data/session-gateway.key", key);
    fs::permissions(key_file(), static_cast<fs::perms>(0600U));
    const auto restored = print_json({"backup", "restore", backup.string()}).as_object();
    BOOST_TEST(restored.at("former_database").is_null());
    BOOST_TEST(webhooks() == 1U);
    serve_and_stop();
}

BOOST_AUTO_TEST_CASE(what_cannot_be_restored_changes_nothing) {
    serve_and_stop();
    succeed({"backup", "create", backup.string()});
    add("after");
    const auto bytes = content_of(database());
    const auto check = [&](const fs::path& file, const std::string& why) {
        const auto message = fail({"backup", "restore", file.string()});
        BOOST_TEST(holds(message, why), message);
        BOOST_TEST((content_of(database()) == bytes));
        BOOST_TEST(kept().empty());
        BOOST_TEST(!fs::exists(database().string() + ".partial"));
    };
    check(path() / "nowhere.db", "nowhere.db: there is no such file");
    check(database(), "it is the database itself");
    const auto broken = path() / "broken.db";
    fs::copy_file(backup, broken);
    fs::resize_file(broken, fs::file_size(broken) / 2);
    check(broken, broken.string() + ": it ");

    const auto key = content_of(key_file());
    fs::remove(key_file());
    succeed({"secrets", "reset", "--yes"});
    const auto other = content_of(database());
    const auto message = fail({"backup", "restore", backup.string()});
    BOOST_TEST(holds(message, backup.string() + ": its secrets are sealed with the key key_"), message);
    BOOST_TEST((content_of(database()) == other));
    write("data/session-gateway.key", key);
    succeed({"backup", "restore", backup.string()});
    BOOST_TEST(webhooks() == 1U);
}

BOOST_AUTO_TEST_CASE(a_backup_needs_a_database_and_a_name_that_is_free) {
    succeed({"backup", "create", backup.string()});
    const auto taken = fail({"backup", "create", backup.string()});
    BOOST_TEST(holds(taken, backup.string() + ": there is a file already"), taken);
    BOOST_TEST(holds(misuse({"backup", "create"}), "FILE"));
    const CommandFolder empty;
    const auto missing = empty.fail({"backup", "create", "backup.db"});
    BOOST_TEST(holds(missing, empty.database().string()), missing);
    BOOST_TEST(!fs::exists(empty.path() / "backup.db"));
}

BOOST_AUTO_TEST_CASE(verify_tells_of_rows_that_refer_to_nothing) {
    SQLite::Database(database().string(), SQLite::OPEN_READWRITE)
        .exec("PRAGMA foreign_keys = OFF; INSERT INTO webhook_health (webhook) VALUES (77)");
    succeed({"backup", "create", backup.string()});
    const auto outcome = run({"backup", "verify", backup.string()});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(holds(outcome.err, "row 77 of webhook_health names a row of webhooks that is not there"));
    succeed({"backup", "restore", backup.string()});
}

BOOST_AUTO_TEST_CASE(the_daemon_makes_backups_on_schedule) {
    const auto folder = path() / "copies";
    const auto backups = [&] {
        std::vector<fs::path> files;
        if (!fs::exists(folder)) return files;
        for (const auto& entry : fs::directory_iterator(folder))
            if (!entry.path().string().ends_with(".partial")) files.push_back(entry.path());
        return files;
    };
    {
        Daemon daemon(path(), {"backup.folder=" + folder.string(), "backup.every=1d"});
        while (backups().empty())
            std::this_thread::yield();
        daemon.signal(SIGTERM);
        BOOST_TEST(daemon.wait() == 0);
        BOOST_TEST(holds(daemon.log(), "backup made"), daemon.log());
    }
    BOOST_TEST_REQUIRE(backups().size() == 1U);
    succeed({"backup", "verify", backups().front().string()});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
