#include "server/delivery/ready_line.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <vector>

namespace gateway::test {

namespace {

using delivery::ReadyLine;
using delivery::Receiver;

struct Line {
    ReadyLine line;
    std::vector<std::unique_ptr<Receiver>> receivers{};

    Receiver& add(const std::string& app, const std::int64_t number) {
        auto& receiver = *receivers.emplace_back(std::make_unique<Receiver>(number));
        receiver.app_id = app;
        line.push(receiver);
        return receiver;
    }

    /// Numbers in the order in which they are taken.
    std::vector<std::int64_t> take_all(const std::function<bool(const ReadyLine::App&)>& may_send =
                                           [](const auto&) { return true; }) {
        std::vector<std::int64_t> numbers;
        while (Receiver* const next = line.take(may_send))
            numbers.push_back(next->number);
        return numbers;
    }
};

using Numbers = std::vector<std::int64_t>;

}  // namespace

BOOST_AUTO_TEST_SUITE(ready_line_test)

BOOST_AUTO_TEST_CASE(apps_take_turns_however_many_receivers_one_has) {
    Line line;
    for (std::int64_t number = 1; number <= 4; ++number)
        line.add("flood", number);
    line.add("other", 10);
    line.add("third", 20);
    line.add("other", 11);
    BOOST_TEST(line.take_all() == (Numbers{1, 10, 20, 2, 11, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_comes_again_stands_behind_those_who_wait) {
    Line line;
    auto& first = line.add("app", 1);
    line.add("app", 2);
    BOOST_TEST(line.line.take([](const auto&) { return true; }) == &first);
    BOOST_TEST(!first.ready);
    line.line.push(first);
    line.line.push(first);
    BOOST_TEST(line.take_all() == (Numbers{2, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_was_read_in_its_turn_is_the_next_of_its_app) {
    Line line;
    auto& first = line.add("app", 1);
    line.add("app", 2);
    line.add("other", 10);
    BOOST_TEST(line.line.take([](const auto&) { return true; }) == &first);
    first.in_turn = true;
    line.line.push(first);
    BOOST_TEST(line.take_all() == (Numbers{10, 1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_app_that_may_not_send_keeps_its_place_and_costs_the_others_none) {
    Line line;
    line.add("full", 1);
    line.add("other", 10);
    line.add("full", 2);
    line.add("other", 11);
    const auto may_send = [](const ReadyLine::App& app) { return app.id != "full"; };
    BOOST_TEST(line.take_all(may_send) == (Numbers{10, 11}), boost::test_tools::per_element());
    BOOST_TEST(line.take_all() == (Numbers{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_that_is_taken_out_is_not_found_and_may_come_back) {
    Line line;
    auto& first = line.add("app", 1);
    auto& second = line.add("app", 2);
    line.line.remove(first);
    line.line.remove(first);
    line.line.remove(second);
    BOOST_TEST(line.take_all().empty());
    line.line.push(second);
    BOOST_TEST(line.take_all() == (Numbers{2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
