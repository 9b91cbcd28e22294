#include "server/gateway/budget.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>

namespace gateway {

BOOST_AUTO_TEST_SUITE(budget_test)

BOOST_AUTO_TEST_CASE(there_are_so_many_and_each_comes_back_once) {
    Budget budget(2);
    auto first = budget.take();
    auto second = budget.take();
    BOOST_TEST(first.has_value());
    BOOST_TEST(second.has_value());
    BOOST_TEST(!budget.take().has_value());
    {
        const auto moved = *std::move(first);
        first.reset();
        BOOST_TEST(!budget.take().has_value());
    }
    BOOST_TEST(budget.take().has_value());
    second.reset();
    const auto third = budget.take();
    const auto fourth = budget.take();
    BOOST_TEST((third.has_value() && fourth.has_value()));
    BOOST_TEST(!budget.take().has_value());
}

BOOST_AUTO_TEST_CASE(a_share_grows_as_far_as_there_is_something_left) {
    Budget budget(10);
    Budget::Share one(budget);
    Budget::Share other(budget);
    BOOST_TEST(one.grow_to(6));
    BOOST_TEST(!other.grow_to(5));
    BOOST_TEST(other.grow_to(4));
    BOOST_TEST(one.grow_to(3));  // it has more
    BOOST_TEST(budget.taken() == 10U);
    one.release();
    BOOST_TEST(other.grow_to(10));
    BOOST_TEST(!budget.take().has_value());
}

BOOST_AUTO_TEST_CASE(what_is_taken_stays_when_there_may_be_less) {
    Budget budget(2);
    auto first = budget.take();
    auto second = budget.take();
    budget.set_most(1);
    first.reset();
    BOOST_TEST(!budget.take().has_value());
    second.reset();
    BOOST_TEST(budget.take().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
