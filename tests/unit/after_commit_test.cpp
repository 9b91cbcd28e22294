#include "storage/engine/transaction.hpp"
#include "storage/tables/apps.hpp"
#include "tests/support/test_database.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <thread>

namespace gateway::storage {

namespace {

auto add_app(const std::string& id, const std::string& name = "") {
    return [id, name](Transaction& transaction) { return insert_app(transaction, id, name); };
}

/// Adds an app and asks for `word` after the commit.
auto add_app_and_tell(const std::string& id, const AfterCommit& word) {
    return [id, word](Transaction& transaction) {
        transaction.after_commit(word);
        return insert_app(transaction, id, "");
    };
}

std::string apps_of(const test::TestDatabase& db) {
    return db.ask("SELECT coalesce(group_concat(id), 'none') FROM (SELECT id FROM apps ORDER BY number)");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(after_commit_test)

BOOST_AUTO_TEST_CASE(what_is_to_follow_a_commit_is_told_by_the_writer_once_the_group_is_on_the_disk) {
    test::TestDatabase db;
    std::string told;
    std::thread::id teller;
    const auto word = [&](const std::string& id) {
        return [&, id] {
            told += id + "[" + apps_of(db) + "]";
            teller = std::this_thread::get_id();
        };
    };
    const auto thread = [](Transaction&) { return std::this_thread::get_id(); };
    test::Hold hold;
    db.hold_writer(hold);
    auto first = db.start_write(add_app_and_tell("aaaaaaa", word("aaaaaaa")));
    auto last = db.start_write(add_app_and_tell("bbbbbbb", word("bbbbbbb")));
    hold.release();
    BOOST_TEST(first.get());
    BOOST_TEST(told == "aaaaaaa[aaaaaaa,bbbbbbb]bbbbbbb[aaaaaaa,bbbbbbb]");
    BOOST_TEST((teller == db.write(thread)));
    BOOST_TEST(last.get());

    BOOST_TEST(db.write(add_app_and_tell("ccccccc", [&told] { told = "c"; })));
    BOOST_TEST(told == "c");
}

BOOST_AUTO_TEST_CASE(nothing_follows_a_job_that_was_undone_nor_a_group_that_was_taken_back) {
    test::TestDatabase db;
    int told = 0;
    const AfterCommit word = [&told] { ++told; };
    const auto refusing = [&word](Transaction& transaction) -> Result<bool> {
        transaction.after_commit(word);
        return ApiError{.code = ErrorCode::app_not_found, .message = "no such app"};
    };
    const auto throwing = [&word](Transaction& transaction) -> bool {
        transaction.after_commit(word);
        throw std::domain_error("changed my mind");
    };
    BOOST_TEST(db.write(refusing).has_error());
    BOOST_CHECK_THROW(db.write(throwing), std::domain_error);

    const auto no_more_pages = [](Transaction& transaction) {
        return transaction.query("PRAGMA max_page_count = 1").step();
    };
    db.write(no_more_pages);
    test::Hold hold;
    db.hold_writer(hold);
    auto good = db.start_write(add_app_and_tell("aaaaaaa", word));
    auto large = db.start_write(add_app("bbbbbbb", std::string(1'000'000, 'x')));
    hold.release();
    BOOST_CHECK_THROW(good.get(), Unavailable);
    BOOST_CHECK_THROW(large.get(), Unavailable);
    db.write([](Transaction&) { return true; });
    BOOST_TEST(told == 0);
}

BOOST_AUTO_TEST_CASE(a_failure_of_what_follows_a_commit_is_reported_and_the_commit_stands) {
    test::TestDatabase db;
    const AfterCommit word = [] { throw std::domain_error("nobody there"); };
    BOOST_TEST(db.write(add_app_and_tell("aaaaaaa", word)));
    BOOST_TEST(db.reports.count(Severity::error, "what follows a commit failed: nobody there") == 1);
    BOOST_TEST(apps_of(db) == "aaaaaaa");
}

BOOST_AUTO_TEST_CASE(a_subcommands_write_is_followed_by_what_it_asked_for) {
    test::TestTables tables;
    std::string told;
    const AfterCommit word = [&] { told += tables.ask("SELECT id FROM apps"); };
    const auto throwing = [&word](Transaction& transaction) -> bool {
        transaction.after_commit(word);
        throw std::domain_error("changed my mind");
    };
    BOOST_CHECK_THROW(tables.write(throwing), std::domain_error);
    BOOST_TEST(tables.write(add_app_and_tell("aaaaaaa", word)));
    BOOST_TEST(told == "aaaaaaa");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
