#include "storage/sqlite/database_file.hpp"

#include "storage/sqlite/connection.hpp"
#include "tests/support/test_database.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

namespace gateway::storage {

namespace fs = std::filesystem;

namespace {

struct Fixture {
    test::TestFile database;
    test::TemporaryFolder folder;
    fs::path path = database.path();
    fs::path other = folder.path() / "other.db";
};

/// The fault's sentence, which names `path`; empty without one.
std::string fault_of(const DatabaseFile& file, const fs::path& path) {
    const auto fault = file.fault();
    if (!fault) return "";
    BOOST_TEST(fault->starts_with(path.string() + " "), *fault);
    return fault->substr(path.string().size() + 1);
}

auto refusal(const std::string& text) {
    return [text](const DatabaseRefused& error) { return std::string(error.what()).starts_with(text); };
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(database_file_test, Fixture)

BOOST_AUTO_TEST_CASE(a_file_in_its_place_has_no_fault) {
    const DatabaseFile file(path);
    BOOST_TEST(file.path() == fs::canonical(path));
    BOOST_TEST(fault_of(file, path) == "");
}

BOOST_AUTO_TEST_CASE(a_file_that_was_removed_or_renamed_is_told_until_it_is_back) {
    const DatabaseFile file(path);
    fs::rename(path, other);
    BOOST_TEST(fault_of(file, path).starts_with("is gone"));
    fs::rename(other, path);
    BOOST_TEST(fault_of(file, path) == "");
    fs::rename(path.parent_path(), other);
    BOOST_TEST(fault_of(file, path).starts_with("is gone"));
    fs::rename(other, path.parent_path());
    fs::remove(path);
    BOOST_TEST(fault_of(file, path).starts_with("is gone"));
}

BOOST_AUTO_TEST_CASE(a_file_that_was_replaced_is_told) {
    const DatabaseFile file(path);
    fs::copy_file(path, other);
    fs::remove(path);  // whose inode must not be given to the next file
    fs::copy_file(other, path);
    BOOST_TEST(fault_of(file, path).starts_with("is another file now"));
}

BOOST_AUTO_TEST_CASE(a_file_that_was_cut_to_nothing_is_told) {
    const DatabaseFile file(path);
    fs::resize_file(path, 0);
    BOOST_TEST(fault_of(file, path).starts_with("is empty"));
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_leads_to_the_file_and_one_that_was_turned_is_told) {
    fs::create_symlink(path, other);
    const DatabaseFile file(other);
    BOOST_TEST(file.path() == fs::canonical(path));
    BOOST_TEST(fault_of(file, other) == "");
    fs::remove(other);
    fs::create_symlink(test::TestFile().path(), other);
    BOOST_TEST(fault_of(file, other).starts_with("is gone"));
    fs::remove(other);
    fs::copy_file(path, other);
    BOOST_TEST(fault_of(file, other).starts_with("is another file now"));
}

BOOST_AUTO_TEST_CASE(one_holder_at_a_time_whatever_the_name) {
    const auto hard_link = folder.path() / "hard.db";
    fs::create_symlink(path, other);
    fs::create_hard_link(path, hard_link);
    for (const auto& name : {path, other, hard_link}) {
        DatabaseFile first(path);
        DatabaseFile second(name);
        BOOST_TEST(first.try_lock());
        BOOST_TEST(!second.try_lock(), name);
    }
    DatabaseFile again(path);
    BOOST_TEST(again.try_lock());
}

BOOST_AUTO_TEST_CASE(the_lock_is_in_nobodys_way_in_sqlite) {
    DatabaseFile file(path);
    BOOST_TEST(file.try_lock());
    Connection connection({.path = path});
    connection.execute("BEGIN EXCLUSIVE; CREATE TABLE more (a); COMMIT; PRAGMA journal_mode = DELETE");
    BOOST_TEST(connection.integer("SELECT count(*) FROM more") == 0);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_database_is_refused) {
    BOOST_CHECK_EXCEPTION(DatabaseFile{other}, DatabaseRefused,
                          refusal(other.string() + ": there is no such"));
    BOOST_CHECK_EXCEPTION(DatabaseFile{other / "more"}, DatabaseRefused,
                          refusal((other / "more").string() + ": there is no such"));
    BOOST_CHECK_EXCEPTION(DatabaseFile{folder.path()}, DatabaseRefused,
                          refusal(folder.path().string() + ": it is not a plain file"));
    BOOST_TEST(fs::is_empty(folder.path()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
