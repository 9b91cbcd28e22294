#include "storage/engine/database.hpp"
#include "storage/tables/apps.hpp"
#include "tests/support/test_database.hpp"

#include <boost/asio/system_executor.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace gateway::storage {

namespace {

auto add_app(const std::string& id) {
    return [id](Transaction& transaction) { return insert_app(transaction, id, ""); };
}

bool is_overloaded(const Unavailable& failure) {
    return failure.code() == ErrorCode::overloaded;
}

/// The order in which jobs were run; to be read when all are answered.
struct Order {
    std::string ran;

    auto job(const char name) {
        return [this, name](Transaction&) {
            ran += name;
            return true;
        };
    }
};

struct IdleJob final : Job<Transaction> {
    IdleJob() : Job(boost::asio::system_executor(), Deadline::max()) {}

    bool run(Transaction&) noexcept override { return true; }

    void resume() override {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(background_jobs_test)

BOOST_AUTO_TEST_CASE(background_work_takes_no_room_from_requests) {
    test::TestDatabase db({.write_queue = 1, .background_queue = 2});
    Order order;
    test::Hold hold;
    db.hold_writer(hold);
    auto first = db.start_background(order.job('1'));
    auto second = db.start_background(order.job('2'));
    auto refused = db.start_background(order.job('3'));
    auto request = db.start_write(order.job('r'));
    BOOST_CHECK_EXCEPTION(refused.get(), Unavailable, is_overloaded);
    hold.release();
    BOOST_TEST(request.get());
    BOOST_TEST(first.get());
    BOOST_TEST(second.get());
    BOOST_TEST(order.ran == "r12");
}

BOOST_AUTO_TEST_CASE(a_request_waits_for_one_background_job_however_many_there_are) {
    test::TestDatabase db;
    Order order;
    test::Hold before;
    test::Hold hold;
    const auto held = [job = hold.job<Transaction>(), &order](Transaction& transaction) {
        order.ran += '1';
        return job(transaction);
    };
    db.hold_writer(before);
    auto first = db.start_background(held);
    auto second = db.start_background(order.job('2'));
    auto third = db.start_background(order.job('3'));
    before.release();
    hold.wait_until_running();
    auto request = db.start_write(order.job('r'));
    auto another = db.start_write(order.job('s'));
    hold.release();
    BOOST_TEST(first.get());
    BOOST_TEST(second.get());
    BOOST_TEST(third.get());
    BOOST_TEST(request.get());
    BOOST_TEST(another.get());
    BOOST_TEST(order.ran == "1rs23");
}

BOOST_AUTO_TEST_CASE(background_work_goes_on_under_requests_without_an_end) {
    test::TestDatabase db;
    Order order;
    test::Hold hold;
    db.hold_writer(hold);
    constexpr int more_than_a_group = 600;
    std::vector<std::future<bool>> replies;
    replies.reserve(more_than_a_group + 2);
    for (int i = 0; i < more_than_a_group; ++i)
        replies.push_back(db.start_write(order.job('r')));
    replies.push_back(db.start_background(order.job('1')));
    replies.push_back(db.start_background(order.job('2')));
    hold.release();
    for (auto& reply : replies)
        BOOST_TEST(reply.get());
    BOOST_TEST(order.ran.ends_with('r'));
}

BOOST_AUTO_TEST_CASE(background_work_alone_waits_for_a_request_to_go_along_with) {
    constexpr std::chrono::hours for_ever{1};
    const auto push = [](JobQueue<Transaction>& queue, const JobClass job_class) {
        return queue.push(std::make_unique<IdleJob>(), job_class) == nullptr;
    };
    JobQueue<Transaction> patient(9, 9, for_ever);
    BOOST_TEST(push(patient, JobClass::background));
    BOOST_TEST(push(patient, JobClass::background));
    BOOST_TEST(!patient.take_within(9, {}));
    BOOST_TEST(push(patient, JobClass::request));
    BOOST_TEST(patient.take(9).size() == 2U);
    BOOST_TEST(!patient.take_within(9, {}));
    patient.close();
    BOOST_TEST(patient.take(9).size() == 1U);

    JobQueue<Transaction> hurried(9, 9, {});
    BOOST_TEST(push(hurried, JobClass::background));
    BOOST_TEST(hurried.take(9).size() == 1U);
}

BOOST_AUTO_TEST_CASE(background_work_that_fails_is_undone_alone) {
    test::TestDatabase db;
    test::Hold hold;
    db.hold_writer(hold);
    const auto throwing = [](Transaction& transaction) -> bool {
        insert_app(transaction, "throws1", "");
        throw std::domain_error("changed my mind");
    };
    auto request = db.start_write(add_app("aaaaaaa"));
    auto thrown = db.start_background(throwing);
    hold.release();
    BOOST_TEST(request.get());
    BOOST_CHECK_THROW(thrown.get(), std::domain_error);
    BOOST_TEST(db.ask("SELECT group_concat(id) FROM apps") == "aaaaaaa");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
