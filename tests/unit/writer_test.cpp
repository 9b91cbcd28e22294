#include "storage/engine/writer.hpp"

#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/side_lock.hpp"
#include "storage/tables/api_tokens.hpp"
#include "storage/tables/apps.hpp"
#include "tests/support/command_folder.hpp"
#include "tests/support/test_database.hpp"

#include <SQLiteCpp/Exception.h>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace gateway::storage {

namespace {

using namespace std::chrono_literals;

auto add_app(const std::string& id, const std::string& name = "") {
    return [id, name](Transaction& transaction) { return insert_app(transaction, id, name); };
}

/// Reads the app, which makes the writer remember it.
bool look_at_app(Snapshot& snapshot) {
    return find_app(snapshot, "54e9ujn").has_value();
}

/// Whether the writer remembers the app.
bool app_is_remembered(Snapshot& snapshot) {
    return snapshot.memory()->find<App>("54e9ujn") != nullptr;
}

bool storage_is_unavailable(const Unavailable& failure) {
    return failure.code() == ErrorCode::storage_unavailable;
}

bool is_overloaded(const Unavailable& failure) {
    return failure.code() == ErrorCode::overloaded;
}

/// Lets the file grow to this many pages, at least those it has.
auto limit_pages_to_those_in_use = [](Transaction& transaction) {
    return transaction.query("PRAGMA max_page_count = 1").step();
};
auto lift_page_limit = [](Transaction& transaction) {
    return transaction.query("PRAGMA max_page_count = 1000000").step();
};

std::string apps_of(const test::TestDatabase& db) {
    return db.ask("SELECT coalesce(group_concat(id), 'none') FROM (SELECT id FROM apps ORDER BY number)");
}

/// A database with a small checkpoint size and one row that is written over and over.
struct BusyTable {
    test::TestDatabase db;

    explicit BusyTable(const Checkpoints checkpoints = Checkpoints::automatic)
        : db({.checkpoint_size = 256U << 10U, .checkpoints = checkpoints}) {
        db.write(add_app("54e9ujn"));
    }

    void write() {
        const auto rewrite = [](Transaction& transaction) {
            return transaction.execute("UPDATE apps SET name = hex(randomblob(10000))");
        };
        BOOST_REQUIRE(db.write(rewrite) == 1);
    }

    /// Whether `done` came true before far too much was written.
    template <class Condition>
    bool write_until(const Condition& done) {
        constexpr int far_too_much = 5'000;
        for (int i = 0; i < far_too_much && !done(); ++i)
            write();
        return done();
    }

    /// How often the log has started over: the checkpoint sequence number in its header, big-endian at
    /// byte 12.
    [[nodiscard]] unsigned restarts_of_log() const {
        std::ifstream log(db.file().path().string() + "-wal", std::ios::binary);
        std::array<char, 16> header{};
        log.read(header.data(), header.size());
        BOOST_REQUIRE(log.good());
        unsigned number = 0;
        for (std::size_t at = 12; at < header.size(); ++at)
            number = number << 8U | static_cast<unsigned char>(header[at]);
        return number;
    }
};

/// Keeps everybody else from checkpointing, as another program's checkpoint does while it lasts.
class CheckpointLock {
  public:
    explicit CheckpointLock(const std::filesystem::path& database) {
        // Never closed: that would drop the locks that SQLite has on the same file in this process.
        file_ = ::open((database.string() + "-shm").c_str(), O_RDWR);
        BOOST_REQUIRE(file_ >= 0);
        BOOST_REQUIRE(set(F_WRLCK));
    }

    ~CheckpointLock() { BOOST_TEST(set(F_UNLCK)); }

    CheckpointLock(const CheckpointLock&) = delete;
    CheckpointLock& operator=(const CheckpointLock&) = delete;

  private:
    [[nodiscard]] bool set(const short type) const {
        struct flock range {};

        range.l_type = type;
        range.l_whence = SEEK_SET;
        range.l_start = 121;  // SQLite's WAL_CKPT_LOCK
        range.l_len = 1;
        return ::fcntl(file_, F_OFD_SETLK, &range) == 0;
    }

    int file_ = -1;
};

/// A session that can neither begin nor take anything back until its disk is there again.
class LostDisk final : public WriteSession {
  public:
    LostDisk(const std::filesystem::path& database, const bool& is_back)
        : connection_({.path = database}), is_back_(is_back) {}

    Session& session() noexcept override { return connection_; }

    void require_sound() override {}

    void begin(std::chrono::steady_clock::time_point) override {
        if (!is_back_) throw std::domain_error("no disk");
        connection_.execute("BEGIN IMMEDIATE");
    }

    bool changed_by_others() override { return false; }

    void commit() override { connection_.commit(); }

    void roll_back() override {
        if (!is_back_) throw std::domain_error("still no disk");
    }

    void after_group() noexcept override {}

  private:
    Connection connection_;
    const bool& is_back_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(writer_test)

BOOST_AUTO_TEST_CASE(what_waits_becomes_one_commit_in_the_order_of_its_coming) {
    test::TestDatabase db;
    test::Hold hold;
    db.hold_writer(hold);
    const auto look_from_outside = [&db](Transaction&) { return apps_of(db); };
    auto first = db.start_write(add_app("bbbbbbb"));
    auto outside = db.start_write(look_from_outside);
    auto last = db.start_write(add_app("aaaaaaa"));
    hold.release();
    BOOST_TEST(first.get());
    BOOST_TEST(outside.get() == "none");
    BOOST_TEST(apps_of(db) == "bbbbbbb,aaaaaaa");
    BOOST_TEST(last.get());
}

BOOST_AUTO_TEST_CASE(a_job_sees_what_the_jobs_before_it_in_its_group_changed) {
    test::TestDatabase db;
    test::Hold hold;
    db.hold_writer(hold);
    auto added = db.start_write(add_app("54e9ujn"));
    auto found = db.start_write(look_at_app);
    hold.release();
    BOOST_TEST(added.get());
    BOOST_TEST(found.get());
}

BOOST_AUTO_TEST_CASE(a_job_that_fails_is_undone_alone_in_its_group) {
    test::TestDatabase db;
    test::Hold hold;
    db.hold_writer(hold);
    const auto throwing = [](Transaction& transaction) -> bool {
        insert_app(transaction, "throws1", "");
        throw std::domain_error("changed my mind");
    };
    const auto refusing = [](Transaction& transaction) -> Result<bool> {
        insert_app(transaction, "refuses", "");
        return ApiError{.code = ErrorCode::app_not_found, .message = "no such app"};
    };
    const auto breaking = [](Transaction& transaction) {
        insert_app(transaction, "breaks1", "");
        return insert_app(transaction, "NO ID", "");
    };
    auto first = db.start_write(add_app("aaaaaaa"));
    auto thrown = db.start_write(throwing);
    auto second = db.start_write(add_app("bbbbbbb"));
    auto refused = db.start_write(refusing);
    auto broken = db.start_write(breaking);
    auto last = db.start_write(add_app("ccccccc"));
    hold.release();
    BOOST_TEST(first.get());
    BOOST_CHECK_THROW(thrown.get(), std::domain_error);
    BOOST_TEST(second.get());
    BOOST_CHECK(refused.get().error().code == ErrorCode::app_not_found);
    BOOST_CHECK_THROW(broken.get(), SQLite::Exception);
    BOOST_TEST(last.get());
    BOOST_TEST(apps_of(db) == "aaaaaaa,bbbbbbb,ccccccc");
    BOOST_TEST(db.reports.count(Severity::error, "") == 0);
}

BOOST_AUTO_TEST_CASE(what_a_query_wrote_is_undone_with_its_job) {
    test::TestDatabase db;
    test::Hold hold;
    db.hold_writer(hold);
    // As a function that is meant to read, too, is given a Transaction.
    const auto insert = [](Snapshot& snapshot, const std::string& id) {
        Query row = snapshot.query(
            "INSERT INTO apps (id, name, created_at, updated_at) VALUES (?, '', ?, ?) RETURNING id", id,
            snapshot.now(), snapshot.now());
        return row.step() ? std::string(row.text(0)) : "";
    };
    const auto refusing = [&insert](Transaction& transaction) -> Result<bool> {
        insert(transaction, "refuses");
        return ApiError{.code = ErrorCode::app_not_found, .message = "no such app"};
    };
    const auto throwing = [](Transaction& transaction) -> bool {
        transaction
            .query("INSERT INTO apps (id, name, created_at, updated_at) VALUES ('throws1', '', ?, ?)",
                   transaction.now(), transaction.now())
            .step();
        throw std::domain_error("changed my mind");
    };
    const auto good = [&insert](Transaction& transaction) { return insert(transaction, "aaaaaaa"); };
    auto kept = db.start_write(good);
    auto refused = db.start_write(refusing);
    auto thrown = db.start_write(throwing);
    hold.release();
    BOOST_TEST(kept.get() == "aaaaaaa");
    BOOST_TEST(refused.get().has_error());
    BOOST_CHECK_THROW(thrown.get(), std::domain_error);
    BOOST_TEST(apps_of(db) == "aaaaaaa");
}

BOOST_AUTO_TEST_CASE(a_full_disk_fails_the_whole_group_and_writes_nothing_of_it) {
    test::TestDatabase db;
    db.write(add_app("before1"));
    db.write(limit_pages_to_those_in_use);
    test::Hold hold;
    db.hold_writer(hold);
    auto first = db.start_write(add_app("aaaaaaa"));
    auto large = db.start_write(add_app("bbbbbbb", std::string(1'000'000, 'x')));
    auto last = db.start_write(add_app("ccccccc"));
    hold.release();
    BOOST_CHECK_EXCEPTION(first.get(), Unavailable, storage_is_unavailable);
    BOOST_CHECK_EXCEPTION(large.get(), Unavailable, storage_is_unavailable);
    BOOST_CHECK_EXCEPTION(last.get(), Unavailable, storage_is_unavailable);
    BOOST_TEST(apps_of(db) == "before1");
    BOOST_TEST(db.reports.count(Severity::error, "takes no writes: database or disk is full") == 1);
}

BOOST_AUTO_TEST_CASE(it_recovers_from_a_full_disk_by_itself) {
    test::TestDatabase db;
    db.write(limit_pages_to_those_in_use);
    BOOST_CHECK_THROW(db.write(add_app("aaaaaaa", std::string(1'000'000, 'x'))), Unavailable);
    db.write(lift_page_limit);
    BOOST_TEST(db.reports.count(Severity::info, "takes writes again") == 1);
    BOOST_TEST(db.write(add_app("aaaaaaa", std::string(1'000'000, 'x'))));
    BOOST_TEST(apps_of(db) == "aaaaaaa");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_taken_back_is_told_once_however_many_writes_fail) {
    const test::TestFile file;
    const test::TestReports reports;
    bool is_back = false;
    boost::asio::io_context context(1);
    Sessions sessions;
    sessions.writing = std::make_unique<LostDisk>(file.path(), is_back);
    Database database(std::move(sessions), {}, system_now, reports);
    const auto write = [&] {
        context.restart();
        auto reply = boost::asio::co_spawn(context, database.write(add_app("54e9ujn"), test::no_deadline),
                                           boost::asio::use_future);
        context.run();
        return reply.get();
    };
    for (int i = 0; i < 3; ++i)
        BOOST_CHECK_THROW(write(), std::domain_error);
    BOOST_TEST(reports.count(Severity::error, "takes no writes: no disk") == 1);
    BOOST_TEST(reports.count(Severity::error, "could not be taken back yet: still no disk") == 1);
    is_back = true;
    BOOST_TEST(write());
    BOOST_TEST(reports.count(Severity::info, "takes writes again") == 1);
}

BOOST_AUTO_TEST_CASE(a_job_that_hides_that_its_group_was_taken_back_fails_the_group) {
    test::TestDatabase db;
    db.write(limit_pages_to_those_in_use);
    test::Hold hold;
    db.hold_writer(hold);
    const auto hiding = [](Transaction& transaction) {
        try {
            return insert_app(transaction, "bbbbbbb", std::string(1'000'000, 'x'));
        } catch (const SQLite::Exception&) {
            return true;
        }
    };
    auto first = db.start_write(add_app("aaaaaaa"));
    auto hidden = db.start_write(hiding);
    hold.release();
    BOOST_CHECK_THROW(first.get(), std::logic_error);
    BOOST_CHECK_THROW(hidden.get(), std::logic_error);
    BOOST_TEST(apps_of(db) == "none");
}

BOOST_AUTO_TEST_CASE(a_write_lock_held_too_long_is_unavailable_told_once_and_recovered_from) {
    test::TestDatabase db({.busy_timeout = 20ms});
    Connection other({.path = db.file().path()});
    other.execute("BEGIN IMMEDIATE");
    BOOST_CHECK_EXCEPTION(db.write(add_app("aaaaaaa")), Unavailable, storage_is_unavailable);
    BOOST_CHECK_EXCEPTION(db.write(add_app("bbbbbbb")), Unavailable, storage_is_unavailable);
    BOOST_TEST(db.read([](Snapshot& snapshot) { return list_apps(snapshot).size(); }) == 0U);
    BOOST_TEST(db.reports.count(Severity::error, "takes no writes: database is locked") == 1);
    other.execute("ROLLBACK");
    BOOST_TEST(db.write(add_app("ccccccc")));
    BOOST_TEST(db.write(add_app("ddddddd")));
    BOOST_TEST(apps_of(db) == "ccccccc,ddddddd");
    BOOST_TEST(db.reports.count(Severity::info, "takes writes again") == 1);
}

BOOST_AUTO_TEST_CASE(a_write_lock_held_for_a_while_is_waited_for) {
    test::TestDatabase db({.busy_timeout = 60s});
    Connection other({.path = db.file().path()});
    other.execute("BEGIN IMMEDIATE");
    auto reply = db.start_write(add_app("aaaaaaa"));
    other.execute("ROLLBACK");
    BOOST_TEST(reply.get());
}

BOOST_AUTO_TEST_CASE(a_deadline_that_passes_while_another_process_keeps_the_group_waiting_is_answered_then) {
    test::TestDatabase db({.busy_timeout = 60s});
    Connection other({.path = db.file().path()});
    SideLock pen(db.file().path());
    for (const bool keep_by_pen : {true, false}) {
        if (keep_by_pen) {
            BOOST_REQUIRE(pen.try_lock(SideLock::Part::writer_turn));
        } else {
            other.execute("BEGIN IMMEDIATE");
        }
        // The first job goes alone: the other two are one group behind it.
        auto first = db.start_write(add_app("aaaaaaa"), std::chrono::steady_clock::now() + 10ms);
        auto short_of_time = db.start_write(add_app("bbbbbbb"), std::chrono::steady_clock::now() + 20ms);
        auto patient = db.start_write(add_app(keep_by_pen ? "ccccccc" : "ddddddd"));
        BOOST_CHECK_EXCEPTION(first.get(), Unavailable, is_overloaded);
        BOOST_CHECK_EXCEPTION(short_of_time.get(), Unavailable, is_overloaded);
        if (keep_by_pen) {
            pen.unlock(SideLock::Part::writer_turn);
        } else {
            other.execute("ROLLBACK");
        }
        BOOST_TEST(patient.get());
    }
    BOOST_TEST(apps_of(db) == "ccccccc,ddddddd");
    BOOST_TEST(db.reports.count(Severity::error, "") == 0);
}

BOOST_AUTO_TEST_CASE(a_pen_held_too_long_is_unavailable_and_recovered_from) {
    test::TestDatabase db({.busy_timeout = 20ms});
    SideLock other(db.file().path());
    BOOST_TEST(other.try_lock(SideLock::Part::writer_turn));
    BOOST_CHECK_EXCEPTION(db.write(add_app("aaaaaaa")), Unavailable, storage_is_unavailable);
    BOOST_TEST(db.reports.count(Severity::error, "holds the pen") == 1);
    other.unlock(SideLock::Part::writer_turn);
    BOOST_TEST(db.write(add_app("bbbbbbb")));
    BOOST_TEST(apps_of(db) == "bbbbbbb");
}

BOOST_AUTO_TEST_CASE(a_group_waits_for_the_pen) {
    test::TestDatabase db({.busy_timeout = 60s});
    test::Hold hold;
    db.hold_writer(hold);
    SideLock other(db.file().path());
    BOOST_TEST(other.try_lock(SideLock::Part::writer_turn));
    std::atomic<bool> given_back = false;
    auto reply = db.start_write([&given_back](Transaction&) { return given_back.load(); });
    hold.release();
    // Time enough for a writer that does not wait.
    for (int turn = 0; turn < 200; ++turn)
        db.read([](Snapshot& snapshot) { return list_apps(snapshot).size(); });
    given_back = true;
    other.unlock(SideLock::Part::writer_turn);
    BOOST_TEST(reply.get());
}

BOOST_AUTO_TEST_CASE(a_row_is_remembered_from_one_group_to_the_next) {
    test::TestDatabase db;
    db.write(add_app("54e9ujn"));
    BOOST_TEST(!db.write(app_is_remembered));
    BOOST_TEST(db.write(look_at_app));
    BOOST_TEST(db.write(app_is_remembered));
    BOOST_TEST(db.write(add_app("other77")));
    BOOST_TEST(db.write(app_is_remembered));
}

BOOST_AUTO_TEST_CASE(rows_are_forgotten_when_somebody_else_changed_the_file) {
    test::TestDatabase db;
    db.write(add_app("54e9ujn", "Shop"));
    db.write(look_at_app);
    db.ask("UPDATE apps SET name = 'Emporium'");
    BOOST_TEST(!db.write(app_is_remembered));
    const auto name = [](Transaction& transaction) { return find_app(transaction, "54e9ujn")->name; };
    BOOST_TEST(db.write(name) == "Emporium");
}

BOOST_AUTO_TEST_CASE(rows_are_forgotten_when_a_job_that_changed_something_is_undone) {
    test::TestDatabase db;
    const auto undone = [](Transaction& transaction) -> bool {
        insert_app(transaction, "54e9ujn", "");
        look_at_app(transaction);
        throw std::domain_error("changed my mind");
    };
    BOOST_CHECK_THROW(db.write(undone), std::domain_error);
    BOOST_TEST(!db.write(app_is_remembered));
    BOOST_TEST(!db.write(look_at_app));
}

BOOST_AUTO_TEST_CASE(rows_are_forgotten_when_a_group_is_taken_back) {
    test::TestDatabase db;
    db.write(limit_pages_to_those_in_use);
    test::Hold hold;
    db.hold_writer(hold);
    auto added = db.start_write(add_app("54e9ujn"));
    auto seen = db.start_write(look_at_app);
    auto full = db.start_write(add_app("bbbbbbb", std::string(1'000'000, 'x')));
    hold.release();
    BOOST_CHECK_THROW(full.get(), Unavailable);
    BOOST_CHECK_THROW(added.get(), Unavailable);
    BOOST_CHECK_THROW(seen.get(), Unavailable);
    BOOST_TEST(!db.write(look_at_app));
}

BOOST_AUTO_TEST_CASE(a_changed_app_is_read_anew_in_the_same_job) {
    test::TestDatabase db;
    db.write(add_app("54e9ujn"));
    db.write(look_at_app);
    const auto disable = [](Transaction& transaction) {
        set_sessions_enabled(transaction, "54e9ujn", false);
        return find_app(transaction, "54e9ujn")->sessions_enabled;
    };
    BOOST_TEST(!db.write(disable));
}

BOOST_AUTO_TEST_CASE(a_deleted_app_and_its_tokens_are_not_remembered) {
    test::TestDatabase db;
    const auto add_both = [](Transaction& transaction) {
        insert_app(transaction, "54e9ujn", "");
        insert_token(transaction,
                     {.id = "tok_1",
                      .app_id = "54e9ujn",
                      .name = "",
                      .created_at = {},
                      .expires_at = {},
                      .revoked_at = {}},
                     std::string(64, 'a'));
        return find_app(transaction, "54e9ujn") && find_token(transaction, "tok_1");
    };
    BOOST_TEST(db.write(add_both));
    BOOST_TEST(db.write([](Transaction& transaction) { return delete_app(transaction, "54e9ujn"); }));
    const auto find_any = [](Transaction& transaction) {
        return find_app(transaction, "54e9ujn") || find_token(transaction, "tok_1");
    };
    BOOST_TEST(!db.write(find_any));
}

BOOST_AUTO_TEST_CASE(a_revoked_token_is_not_remembered_as_live) {
    test::TestDatabase db;
    const auto add = [](Transaction& transaction) {
        insert_token(
            transaction,
            {.id = "tok_1", .app_id = {}, .name = "", .created_at = {}, .expires_at = {}, .revoked_at = {}},
            std::string(64, 'a'));
        return find_token(transaction, "tok_1")->revoked_at.has_value();
    };
    BOOST_TEST(!db.write(add));
    BOOST_TEST(db.write([](Transaction& transaction) { return revoke_token(transaction, "tok_1"); }));
    BOOST_TEST(db.write([](Transaction& transaction) {
                     return find_token(transaction, "tok_1")->revoked_at;
                 }).has_value());
}

BOOST_AUTO_TEST_CASE(the_log_starts_over_time_and_again_under_writes_without_a_pause) {
    BusyTable table;
    BOOST_TEST(table.write_until([&] { return table.restarts_of_log() >= 5; }));
    BOOST_TEST(table.db.reports.count(Severity::error, "") == 0);
    BOOST_TEST(table.db.reports.count(Severity::warning, "") == 0);
}

BOOST_AUTO_TEST_CASE(a_long_reader_is_told_of_once_while_writes_go_on_and_so_is_its_end) {
    BusyTable table;
    const auto& reports = table.db.reports;
    Connection reader({.path = table.db.file().path(), .read_only = true});
    reader.execute("BEGIN");
    BOOST_TEST(reader.integer("SELECT length(name) FROM apps") == 0);
    BOOST_TEST(table.write_until(
        [&] { return reports.count(Severity::warning, "a reader has held its snapshot") == 1; }));
    for (int i = 0; i < 100; ++i)
        table.write();
    BOOST_TEST(reports.count(Severity::warning, "") == 1);
    BOOST_TEST(reader.integer("SELECT length(name) FROM apps") == 0);

    reader.execute("COMMIT");
    BOOST_TEST(table.write_until([&] { return reports.count(Severity::info, "starts over again") == 1; }));
}

BOOST_AUTO_TEST_CASE(another_programs_checkpoint_without_an_end_is_told_of_and_recovered_from) {
    BusyTable table;
    const auto& reports = table.db.reports;
    table.write();
    {
        const CheckpointLock other(table.db.file().path());
        BOOST_TEST(table.write_until(
            [&] { return reports.count(Severity::warning, "another program keeps it from being") == 1; }));
    }
    BOOST_TEST(table.write_until([&] { return reports.count(Severity::info, "starts over again") == 1; }));
    BOOST_TEST(reports.count(Severity::error, "") == 0);
}

BOOST_AUTO_TEST_CASE(a_log_that_another_program_is_to_checkpoint_is_only_watched) {
    BusyTable table(Checkpoints::external);
    const auto& reports = table.db.reports;
    const auto& file = table.db.file();
    const auto bytes = test::content_of(file.path());
    BOOST_TEST(
        table.write_until([&] { return reports.count(Severity::warning, "nobody checkpoints it") == 1; }));
    for (int i = 0; i < 100; ++i)
        table.write();
    BOOST_TEST(reports.count(Severity::warning, "") == 1);
    BOOST_TEST((test::content_of(file.path()) == bytes));

    file.ask("PRAGMA wal_checkpoint(RESTART)");
    BOOST_TEST(table.write_until([&] { return reports.count(Severity::info, "starts over again") == 1; }));
    BOOST_TEST((test::content_of(file.path()) != bytes));
    BOOST_TEST(reports.count(Severity::error, "") == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
