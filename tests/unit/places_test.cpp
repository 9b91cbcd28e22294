#include "server/gateway/places.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>

namespace gateway {

BOOST_AUTO_TEST_SUITE(places_test)

BOOST_AUTO_TEST_CASE(there_are_so_many_and_each_comes_back_once) {
    Places places(2);
    auto first = places.take();
    auto second = places.take();
    BOOST_TEST(first.has_value());
    BOOST_TEST(second.has_value());
    BOOST_TEST(!places.take().has_value());
    {
        const auto moved = *std::move(first);
        first.reset();
        BOOST_TEST(!places.take().has_value());
    }
    BOOST_TEST(places.take().has_value());
    second.reset();
    const auto third = places.take();
    const auto fourth = places.take();
    BOOST_TEST((third.has_value() && fourth.has_value()));
    BOOST_TEST(!places.take().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
