// The subcommands that show deliveries.

#include "tests/support/command_folder.hpp"
#include "tests/support/delivery_rows.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::test {

namespace {

struct WithDeliveries : AppFolder {
    std::string webhook = add_webhook({"--url", "https://shop.example/hook", "--verification-token", "a"});

    WithDeliveries() {
        SQLite::Database(database().string(), SQLite::OPEN_READWRITE)
            .exec(audience_row(1, "54e9ujn", "user.created", 1) + event_rows(1, 1, 3) + delivery_rows(1, 1) +
                  "UPDATE deliveries SET state = 'expired', last_failure = 'dns' WHERE event = 1;"
                  "INSERT INTO attempts VALUES (7, 'att_7', 1, '2025-03-15T12:00:00.000Z', 12, '[1,2]', NULL,"
                  " 'dns', NULL);");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delivery_command_test, WithDeliveries)

BOOST_AUTO_TEST_CASE(deliveries_are_listed_as_the_api_has_them) {
    const auto all = print_json({"delivery", "list", "--webhook", webhook}).as_array();
    BOOST_TEST_REQUIRE(all.size() == 3U);
    BOOST_TEST(all[0].at("event_id") == "evt_0000003");
    BOOST_TEST(all[0].at("last_outcome").is_null());
    const auto expired = only_item({"delivery", "list", "--webhook", webhook, "--status", "expired"});
    BOOST_TEST(expired.at("event_id") == "evt_0000001");
    BOOST_TEST(expired.at("last_outcome") == "dns");
    BOOST_TEST(holds(succeed({"delivery", "list", "--webhook", webhook}), "NEXT ATTEMPT AT"));
}

BOOST_AUTO_TEST_CASE(a_list_tells_how_to_go_on) {
    const auto first = run({"delivery", "list", "--webhook", webhook, "--limit", "2"});
    BOOST_TEST(first.status == 0);
    BOOST_TEST(first.err == "session-gateway: there may be more: --cursor AAAAAAAAAAI\n");
    BOOST_TEST(
        only_item({"delivery", "list", "--webhook", webhook, "--cursor", "AAAAAAAAAAI"}).at("event_id") ==
        "evt_0000001");
}

BOOST_AUTO_TEST_CASE(attempts_are_listed) {
    const auto attempt = only_item({"attempt", "list", "--webhook", webhook, "--outcome", "dns"});
    BOOST_TEST(attempt.at("http_code").is_null());
    BOOST_TEST(attempt.at("event_ids") == (boost::json::array{"evt_0000001", "evt_0000002"}));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told) {
    BOOST_TEST(holds(fail({"delivery", "list", "--webhook", "web_0"}), "there is no webhook"));
    BOOST_TEST(holds(fail({"delivery", "list", "--webhook", webhook, "--status", "lost"}),
                     "status: found \"lost\", expected one of pending, delivered, expired"));
    misuse({"attempt", "list"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
