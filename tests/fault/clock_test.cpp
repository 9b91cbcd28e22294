// The machine's clock jumps back and forth by an hour and by a year.

#include "tests/support/test_server.hpp"

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

namespace gateway::test {

namespace {

using std::chrono::hours;

constexpr hours year{24 * 365};
constexpr std::array<hours, 8> jumps{hours(1), hours(-1), year, -year, -year, hours(-1), hours(2), year};

std::vector<std::string> ids_in(const boost::json::value& list) {
    std::vector<std::string> ids;
    for (const auto& webhook : list.at("webhooks").as_array())
        ids.emplace_back(webhook.at("id").as_string());
    return ids;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(clock_test, TestApi)

BOOST_AUTO_TEST_CASE(updated_at_never_goes_backwards) {
    std::string before(get_webhook().webhook().at("updated_at").as_string());
    for (std::size_t i = 0; i < event_type_names.size(); ++i) {
        server.clock.advance(jumps[i]);
        const auto answer = add(event_type_names[i]);
        BOOST_TEST_REQUIRE(answer.status == 201);
        const std::string after(answer.webhook().at("updated_at").as_string());
        BOOST_TEST(after > before);
        before = after;
    }
}

BOOST_AUTO_TEST_CASE(ids_are_unique_and_lists_keep_the_order_of_creation) {
    std::vector<std::string> created{webhook};
    for (const auto jump : jumps) {
        server.clock.advance(jump);
        for (int i = 0; i < 3; ++i)
            created.push_back(server.create_webhook(app));
    }
    BOOST_TEST(std::set<std::string>(created.begin(), created.end()).size() == created.size());
    BOOST_TEST(std::ranges::is_sorted(created));
    const auto answer = client.request("GET", webhooks_path(), {token.text, {}, {}});
    BOOST_TEST(ids_in(answer.body) == created, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ids_of_a_daemon_that_started_before_the_jump_back_do_not_repeat) {
    std::set<std::string> ids;
    IdSource before(server.clock, system_random);
    constexpr int count = 1'000;
    for (int i = 0; i < count; ++i)
        ids.insert(before.next("web"));
    server.clock.advance(-year);
    IdSource after(server.clock, system_random);
    for (int i = 0; i < count; ++i) {
        ids.insert(before.next("web"));
        ids.insert(after.next("web"));
    }
    BOOST_TEST(ids.size() == 3U * count);
}

BOOST_AUTO_TEST_CASE(no_time_limit_of_the_server_is_reached_by_a_jump) {
    for (const auto jump : jumps) {
        auto slow = server.connect();
        const auto text = add_text("user.created");
        slow.send(text.substr(0, 10));  // in its header
        BOOST_TEST(client.request("GET", "/readyz").status == 200);
        server.clock.advance(jump);
        slow.send(text.substr(10, text.size() - 15));  // in its body
        BOOST_TEST(client.request("GET", "/readyz").status == 200);
        server.clock.advance(-jump);
        slow.send(text.substr(text.size() - 5));
        BOOST_TEST(slow.receive().status == 201);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
