#include "storage/sqlite/connection.hpp"

#include "tests/support/test_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

#include <array>
#include <fstream>
#include <string>

namespace gateway::storage {

namespace {

/// A connection to a file with one table, `things`.
struct Fixture {
    test::TestFile file;
    Connection connection{{.path = file.path()}};

    Fixture() {
        connection.execute(
            "CREATE TABLE things (id INTEGER PRIMARY KEY, word TEXT UNIQUE, bytes BLOB) STRICT");
    }

    void add(const int id, const std::string& word) {
        connection.query("INSERT INTO things (id, word) VALUES (?, ?)", id, word).step();
    }

    std::string word(const int id) {
        Query row = connection.query("SELECT word FROM things WHERE id = ?", id);
        return row.step() ? std::string(row.text(0)) : "none";
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connection_test, Fixture)

BOOST_AUTO_TEST_CASE(a_connection_logs_ahead_and_flushes_each_commit_and_enforces_foreign_keys) {
    BOOST_TEST(connection.query("PRAGMA journal_mode").step());
    BOOST_TEST(file.ask("PRAGMA journal_mode") == "wal");
    BOOST_TEST(connection.integer("PRAGMA synchronous") == 2);
    BOOST_TEST(connection.integer("PRAGMA foreign_keys") == 1);
    BOOST_TEST(connection.integer("PRAGMA wal_autocheckpoint") == 0);
}

BOOST_AUTO_TEST_CASE(synchronous_normal_is_set_where_it_is_asked_for) {
    Connection relaxed({.path = file.path(), .synchronous = Synchronous::normal});
    BOOST_TEST(relaxed.integer("PRAGMA synchronous") == 1);
}

BOOST_AUTO_TEST_CASE(the_busy_timeout_is_set) {
    Connection patient({.path = file.path(), .busy_timeout = std::chrono::milliseconds(321)});
    BOOST_TEST(patient.integer("PRAGMA busy_timeout") == 321);
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_not_made) {
    const test::TemporaryFolder folder;
    const auto missing = folder.path() / "missing.db";
    BOOST_CHECK_THROW(Connection({.path = missing}), SQLite::Exception);
    BOOST_TEST(!std::filesystem::exists(missing));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_refused) {
    const test::TemporaryFolder folder;
    std::ofstream(folder.path() / "letter.db") << "Dear reader, this is not a database at all.";
    BOOST_CHECK_THROW(Connection({.path = folder.path() / "letter.db"}), SQLite::Exception);
}

BOOST_AUTO_TEST_CASE(a_read_only_connection_reads_and_does_not_write) {
    add(1, "one");
    Connection reader({.path = file.path(), .read_only = true});
    BOOST_TEST(reader.integer("SELECT count(*) FROM things") == 1);
    BOOST_CHECK_THROW(reader.execute("DELETE FROM things"), SQLite::Exception);
}

BOOST_AUTO_TEST_CASE(a_misspelt_column_in_double_quotes_is_an_error_and_not_a_text) {
    BOOST_CHECK_THROW(connection.execute(R"(SELECT "wrod" FROM things)"), SQLite::Exception);
    BOOST_CHECK_THROW(connection.execute(R"(CREATE TABLE t (a CHECK (a <> "b")))"), SQLite::Exception);
}

BOOST_AUTO_TEST_CASE(a_foreign_key_that_leads_nowhere_is_refused) {
    connection.execute("CREATE TABLE parts (thing INTEGER REFERENCES things (id))");
    BOOST_CHECK_THROW(connection.execute("INSERT INTO parts VALUES (77)"), SQLite::Exception);
}

BOOST_AUTO_TEST_CASE(every_kind_of_parameter_comes_back_as_it_was_given) {
    const std::string text = "kept";
    const std::array<std::uint8_t, 3> bytes{0, 255, 7};
    const Timestamp time{std::chrono::milliseconds(1'742'040'000'123)};
    Query row =
        connection.query("SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?", text, std::string("moved"),
                         std::string_view("seen whole").substr(0, 4), "literal", 42, true, Blob(bytes), time,
                         std::optional<Timestamp>(), std::optional<std::string>("there"));
    BOOST_REQUIRE(row.step());
    BOOST_TEST(row.text(0) == "kept");
    BOOST_TEST(row.text(1) == "moved");
    BOOST_TEST(row.text(2) == "seen");
    BOOST_TEST(row.text(3) == "literal");
    BOOST_TEST(row.integer(4) == 42);
    BOOST_TEST(row.integer(5) == 1);
    BOOST_TEST(row.blob(6) == Blob(bytes), boost::test_tools::per_element());
    BOOST_TEST(row.text(7) == "2025-03-15T12:00:00.123Z");
    BOOST_CHECK(row.timestamp(7) == time);
    BOOST_TEST(row.is_null(8));
    BOOST_CHECK(!row.optional_timestamp(8));
    BOOST_TEST(row.text(9) == "there");
}

BOOST_AUTO_TEST_CASE(numbers_of_64_bits_and_text_with_a_zero_byte_are_kept_whole) {
    const std::string text("a\0b", 3);
    Query row = connection.query("SELECT ?, ?", INT64_MAX, text);
    BOOST_REQUIRE(row.step());
    BOOST_TEST(row.integer(0) == INT64_MAX);
    BOOST_TEST(row.text(1) == std::string_view(text));
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_timestamp_is_named_with_its_column) {
    Query row = connection.query("SELECT 'yesterday' AS created_at, NULL");
    BOOST_REQUIRE(row.step());
    const auto names_both = [](const std::runtime_error& error) {
        const std::string_view message = error.what();
        return message.find("\"yesterday\"") != std::string_view::npos &&
               message.find("created_at") != std::string_view::npos;
    };
    BOOST_CHECK_EXCEPTION(static_cast<void>(row.timestamp(0)), std::runtime_error, names_both);
    BOOST_CHECK_THROW(static_cast<void>(row.timestamp(1)), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_statement_serves_again_after_it_failed) {
    add(1, "one");
    BOOST_CHECK_THROW(add(2, "one"), SQLite::Exception);
    add(2, "two");
    BOOST_TEST(word(2) == "two");
}

BOOST_AUTO_TEST_CASE(a_statement_serves_again_after_a_parameter_could_not_be_bound) {
    const auto year_30000 = Timestamp{std::chrono::sys_days{std::chrono::year{30000} / 1 / 1}};
    const auto echo = [this](const Timestamp time) {
        Query row = connection.query("SELECT ?", time);
        return row.step() ? std::string(row.text(0)) : "none";
    };
    BOOST_CHECK_THROW(echo(year_30000), std::out_of_range);
    BOOST_TEST(echo(Timestamp{}) == "1970-01-01T00:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(a_statement_serves_again_after_it_was_left_before_its_last_row) {
    add(1, "one");
    add(2, "two");
    const auto first = [this] {
        Query row = connection.query("SELECT word FROM things ORDER BY id");
        return row.step() ? std::string(row.text(0)) : "none";
    };
    BOOST_TEST(first() == "one");
    BOOST_TEST(first() == "one");
    BOOST_CHECK_NO_THROW(connection.execute("DROP TABLE things"));
}

BOOST_AUTO_TEST_CASE(a_statement_used_inside_its_own_use_is_a_mistake_that_is_told) {
    add(1, "one");
    Query outer = connection.query("SELECT word FROM things WHERE id = ?", 1);
    BOOST_TEST(outer.step());
    Query other = connection.query("SELECT id FROM things");
    BOOST_TEST(other.step());
    static constexpr Sql same = "SELECT bytes FROM things";
    Query first = connection.query(same);
    BOOST_CHECK_THROW(static_cast<void>(connection.query(same)), std::logic_error);
    BOOST_TEST(first.step());
}

BOOST_AUTO_TEST_CASE(the_rows_that_a_statement_changed_are_counted) {
    add(1, "one");
    add(2, "two");
    connection.execute("UPDATE things SET word = word || '!'");
    BOOST_TEST(connection.changes() == 2);
    connection.execute("DELETE FROM things WHERE id = 1");
    BOOST_TEST(connection.changes() == 1);
}

BOOST_AUTO_TEST_CASE(it_is_known_whether_a_transaction_is_open_even_when_sqlite_ended_it) {
    BOOST_TEST(!connection.in_transaction());
    connection.execute("PRAGMA max_page_count = 1; BEGIN IMMEDIATE");
    BOOST_TEST(connection.in_transaction());
    BOOST_CHECK_THROW(add(1, std::string(100'000, 'x')), SQLite::Exception);
    BOOST_TEST(!connection.in_transaction());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
