#include "storage/command_database.hpp"
#include "storage/tables/webhooks.hpp"
#include "tests/support/command_folder.hpp"

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

// The subcommands that change webhooks, the mode of their app, and the key that their secrets are sealed
// with.

namespace gateway::test {

namespace json = boost::json;

namespace {

struct WithWebhook : AppFolder {
    std::string webhook = add_webhook(
        {"--url", "https://shop.example/hook", "--verification-token", "a", "--event", "user.created"});

    json::value shown() const { return print_json({"webhook", "show", webhook}); }

    /// A field of what a change prints, which has to be what `show` prints afterwards.
    json::value after(const std::string& field, const Arguments& change) const {
        const auto printed = print_json(change);
        BOOST_TEST(printed == shown());
        return printed.at(field);
    }

    /// What a challenge would have done.
    void make_active() const {
        storage::CommandDatabase commands(database(), system_now);
        commands.write([this](storage::Transaction& transaction) {
            auto row = storage::find_webhook(transaction, webhook).value();
            row.active = true;
            storage::update_webhook(transaction, row);
            return true;
        });
    }

    bool is_active() const { return shown().at("active").as_bool(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(webhook_command_test, WithWebhook)

BOOST_AUTO_TEST_CASE(an_update_changes_what_it_names_and_prints_the_webhook) {
    make_active();
    BOOST_TEST(after("events", {"webhook", "update", webhook, "--event", "user.deleted", "--event",
                                "user.created", "--event", "user.deleted"}) ==
               (json::array{"user.deleted", "user.created"}));
    BOOST_TEST(is_active());
    BOOST_TEST(after("events", {"webhook", "update", webhook, "--no-events"}) == json::array());
    BOOST_TEST(after("url", {"webhook", "update", webhook, "--url", "https://shop.example/other"}) ==
               "https://shop.example/other");
    BOOST_TEST(!is_active());

    make_active();
    BOOST_TEST(after("active", {"webhook", "update", webhook, "--verification-token", "a"}) == true);
    BOOST_TEST(after("active", {"webhook", "update", webhook, "--verification-token", "b"}) == false);
    BOOST_TEST(unsealed_token(webhook) == "b");
}

BOOST_AUTO_TEST_CASE(an_update_names_at_least_one_change_and_no_contradiction) {
    misuse({"webhook", "update", webhook});
    misuse({"webhook", "update", webhook, "--no-events", "--event", "user.created"});
    misuse({"webhook", "update", webhook, "--event", "user.gone"});
}

BOOST_AUTO_TEST_CASE(a_url_that_the_app_may_not_have_is_refused) {
    const Arguments change{"webhook", "update", webhook, "--url", "http://shop.example/hook"};
    const auto before = shown();
    BOOST_TEST(holds(fail(change), "url: found the scheme \"http\", expected https"));
    BOOST_TEST(holds(fail({"webhook", "update", webhook, "--url", "nonsense"}), "url: found \"nonsense\""));
    BOOST_TEST(shown() == before);
    succeed({"app", "set-mode", "54e9ujn", "dev"});
    BOOST_TEST(after("url", change) == "http://shop.example/hook");
}

BOOST_AUTO_TEST_CASE(events_are_added_and_removed) {
    BOOST_TEST(after("events", {"webhook", "add-event", webhook, "user.deleted"}) ==
               (json::array{"user.created", "user.deleted"}));
    const auto before = shown();
    BOOST_TEST(print_json({"webhook", "add-event", webhook, "user.deleted"}) == before);
    BOOST_TEST(after("events", {"webhook", "remove-event", webhook, "user.created"}) ==
               json::array{"user.deleted"});
    misuse({"webhook", "add-event", webhook, "user.gone"});
    misuse({"webhook", "remove-event", webhook});
}

BOOST_AUTO_TEST_CASE(a_webhook_is_deactivated) {
    make_active();
    BOOST_TEST(after("active", {"webhook", "deactivate", webhook}) == false);
}

BOOST_AUTO_TEST_CASE(a_webhook_is_deleted_once_that_is_confirmed) {
    BOOST_TEST(holds(misuse({"webhook", "delete", webhook}), "--yes"));
    BOOST_TEST(shown().at("id").as_string() == webhook);
    BOOST_TEST(succeed({"webhook", "delete", webhook, "--yes"}) == "");
    BOOST_TEST(holds(fail({"webhook", "show", webhook}), "there is no webhook"));
}

BOOST_AUTO_TEST_CASE(a_webhook_that_is_not_there_cannot_be_changed) {
    for (const Arguments& change : {Arguments{"update", "web_0", "--no-events"},
                                    {"activate", "web_0"},
                                    {"deactivate", "web_0"},
                                    {"add-event", "web_0", "user.created"},
                                    {"remove-event", "web_0", "user.created"},
                                    {"delete", "web_0", "--yes"}}) {
        Arguments arguments{"webhook"};
        arguments.insert(arguments.end(), change.begin(), change.end());
        BOOST_TEST(holds(fail(arguments), "there is no webhook \"web_0\""), joined(arguments));
    }
}

BOOST_AUTO_TEST_CASE(an_app_back_in_prod_has_no_active_webhook_of_plain_http) {
    succeed({"app", "set-mode", "54e9ujn", "dev"});
    BOOST_TEST(print_json({"app", "show", "54e9ujn"}).at("mode") == "dev");
    succeed({"webhook", "update", webhook, "--url", "http://shop.example/"});
    make_active();
    succeed({"app", "set-mode", "54e9ujn", "prod"});
    BOOST_TEST(print_json({"app", "show", "54e9ujn"}).at("mode") == "prod");
    BOOST_TEST(!is_active());
    misuse({"app", "set-mode", "54e9ujn", "test"});
    BOOST_TEST(holds(fail({"app", "set-mode", "aaaaaaa", "dev"}), "aaaaaaa"));
}

BOOST_AUTO_TEST_CASE(secrets_are_sealed_under_a_new_key) {
    const auto former = content_of(key_file());
    BOOST_TEST(succeed({"secrets", "rotate"}).starts_with("sealed 1 secrets under the new key "));
    const auto key = content_of(key_file());
    BOOST_TEST(key != former);
    BOOST_TEST(unsealed_token(webhook) == "a");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
