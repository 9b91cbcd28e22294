#include "storage/tables/apps.hpp"
#include "storage/values/event_set.hpp"
#include "storage/values/sha256.hpp"
#include "storage/values/timestamp.hpp"
#include "tests/support/command_folder.hpp"

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <string_view>

// The subcommands app, token and webhook. What people read is looked through for what must be in it; what
// programs read is compared as a whole.

namespace gateway::test {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

bool is_made_of(const std::string_view text, const std::string_view alphabet) {
    return text.find_first_not_of(alphabet) == std::string_view::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(administration_test)

// Apps

BOOST_FIXTURE_TEST_CASE(app_create_prints_the_id_alone, MigratedFolder) {
    const auto random = only_line(succeed({"app", "create"}));
    BOOST_TEST(storage::is_app_id(random), random);
    BOOST_TEST(only_line(succeed({"app", "create"})) != random);
    BOOST_TEST(succeed({"app", "create", "--id", "54e9ujn", "--name", "Shop"}) == "54e9ujn\n");

    const auto app = print_json({"app", "show", "54e9ujn"}).as_object();
    BOOST_TEST(app.at("id") == "54e9ujn");
    BOOST_TEST(app.at("name") == "Shop");
    BOOST_TEST(app.at("sessions_enabled") == true);
    BOOST_TEST(app.at("created_at") == app.at("updated_at"));
}

BOOST_FIXTURE_TEST_CASE(an_app_id_that_is_taken_is_refused, AppFolder) {
    BOOST_TEST(holds(fail({"app", "create", "--id", "54e9ujn", "--name", "Thief"}), "54e9ujn is taken"));
    BOOST_TEST(only_item({"app", "list"}).at("name") == "Shop");
}

BOOST_FIXTURE_TEST_CASE(app_list_prints_a_table_or_json, AppFolder) {
    succeed({"app", "create", "--id", "aaaaaaa"});
    const auto table = succeed({"app", "list"});
    BOOST_TEST(
        table.starts_with("ID       NAME  MODE  SESSIONS ENABLED  CREATED AT\n54e9ujn  Shop  prod  yes "),
        table);
    const auto list = print_json({"app", "list"}).as_array();
    BOOST_TEST_REQUIRE(list.size() == 2U);
    BOOST_TEST(list[0].at("id") == "54e9ujn");
    BOOST_TEST(list[1].at("id") == "aaaaaaa");
}

BOOST_FIXTURE_TEST_CASE(sessions_are_switched_on_and_off, AppFolder) {
    BOOST_TEST(succeed({"app", "disable-sessions", "54e9ujn"}) == "");
    BOOST_TEST(only_item({"app", "list"}).at("sessions_enabled") == false);
    BOOST_TEST(succeed({"app", "enable-sessions", "54e9ujn"}) == "");
    BOOST_TEST(only_item({"app", "list"}).at("sessions_enabled") == true);
}

BOOST_FIXTURE_TEST_CASE(an_app_that_is_not_there_is_a_failure, AppFolder) {
    for (const Arguments& arguments : {Arguments{"app", "show", "nothere"},
                                       {"app", "enable-sessions", "nothere"},
                                       {"app", "delete", "nothere"},
                                       {"app", "disable-sessions", "nothere"},
                                       {"app", "delete", "nothere", "--yes"},
                                       {"app", "show", "nothere", "--json"},
                                       {"token", "create", "--app", "nothere"},
                                       {"webhook", "list", "--app", "nothere"},
                                       {"webhook", "create", "--app", "nothere", "--url",
                                        "https://example.com", "--verification-token", "a"}})
        BOOST_TEST(holds(fail(arguments), "there is no app \"nothere\""), joined(arguments));
    BOOST_TEST(print_json({"token", "list"}).as_array().empty());
}

BOOST_FIXTURE_TEST_CASE(app_delete_wants_a_confirmation_and_takes_webhooks_and_tokens_along, AppFolder) {
    succeed(webhook_with_token("a"));
    succeed({"token", "create", "--app", "54e9ujn"});
    succeed({"token", "create", "--app", "54e9ujn"});
    succeed({"token", "create", "--all-apps"});
    const std::string doomed = "app 54e9ujn (webhooks: 1, API tokens: 2)";

    const auto question = misuse({"app", "delete", "54e9ujn"});
    BOOST_TEST(holds(question, doomed), question);
    BOOST_TEST(holds(question, "--yes"), question);
    BOOST_TEST(print_json({"app", "list"}).as_array().size() == 1U);

    BOOST_TEST(only_line(succeed({"app", "delete", "54e9ujn", "--yes"})) == "deleted " + doomed);
    BOOST_TEST(print_json({"app", "list"}).as_array().empty());
    BOOST_TEST(only_item({"token", "list"}).at("good_for") == "all apps");
}

// API tokens

BOOST_FIXTURE_TEST_CASE(token_create_prints_the_token_alone_and_keeps_its_hash_only, AppFolder) {
    const auto token = only_line(succeed({"token", "create", "--app", "54e9ujn", "--name", "ci"}));
    BOOST_TEST(token.size() == 47U);
    BOOST_TEST(token.starts_with("sgw_"));
    BOOST_TEST(is_made_of(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"));
    BOOST_TEST(only_line(succeed({"token", "create", "--all-apps"})) != token);

    BOOST_TEST(!holds(database_bytes(), token));
    BOOST_TEST(holds(database_bytes(), sha256_hex(token)));
    BOOST_TEST(!holds(succeed({"token", "list"}), token.substr(4)));
    BOOST_TEST(!holds(succeed({"token", "list", "--json"}), token.substr(4)));
}

BOOST_FIXTURE_TEST_CASE(token_list_tells_what_a_token_is_good_for, AppFolder) {
    succeed({"token", "create", "--app", "54e9ujn", "--name", "ci"});
    succeed({"token", "create", "--all-apps", "--expires-in", "90d"});
    const auto list = print_json({"token", "list"}).as_array();
    BOOST_TEST_REQUIRE(list.size() == 2U);
    BOOST_TEST(list[0].at("id").as_string().starts_with("tok_"));
    BOOST_TEST(list[0].at("good_for") == "54e9ujn");
    BOOST_TEST(list[0].at("name") == "ci");
    BOOST_TEST(list[0].at("state") == "live");
    BOOST_TEST(list[0].at("expires_at").is_null());
    BOOST_TEST(list[0].at("revoked_at").is_null());
    BOOST_TEST(list[1].at("good_for") == "all apps");
    const auto created = parse_timestamp(list[1].at("created_at").as_string());
    const auto expires = parse_timestamp(list[1].at("expires_at").as_string());
    BOOST_REQUIRE(created && expires);
    BOOST_CHECK(*expires - *created == std::chrono::days(90));
    BOOST_TEST(succeed({"token", "list"}).starts_with("ID "));
}

BOOST_FIXTURE_TEST_CASE(an_expired_token_is_told_as_such, AppFolder) {
    succeed({"token", "create", "--all-apps", "--expires-in", "1ms"});
    BOOST_TEST(only_item({"token", "list"}).at("state") == "expired");
}

BOOST_FIXTURE_TEST_CASE(a_revoked_token_stays_in_the_list, AppFolder) {
    succeed({"token", "create", "--app", "54e9ujn"});
    const std::string id(only_item({"token", "list"}).at("id").as_string());
    BOOST_TEST(succeed({"token", "revoke", id}) == "");
    const auto revoked = only_item({"token", "list"});
    BOOST_TEST(revoked.at("state") == "revoked");
    BOOST_TEST(revoked.at("revoked_at").is_string());
    BOOST_TEST(succeed({"token", "revoke", id}) == "");
    BOOST_TEST(only_item({"token", "list"}).at("revoked_at") == revoked.at("revoked_at"));
}

BOOST_FIXTURE_TEST_CASE(revoking_a_token_by_itself_fails_without_repeating_it, AppFolder) {
    const auto token = only_line(succeed({"token", "create", "--all-apps"}));
    const auto message = fail({"token", "revoke", token});
    BOOST_TEST(holds(message, "no API token with this id"), message);
    BOOST_TEST(!holds(message, token), message);
}

// Webhooks

BOOST_FIXTURE_TEST_CASE(webhook_create_prints_the_id_alone, AppFolder) {
    const auto id =
        add_webhook({"--url", "https://example.com/Hooks?a=%20b", "--verification-token", "s3cret", "--event",
                     "user.deleted", "--event", "user.created", "--event", "user.deleted"});
    BOOST_TEST(id.starts_with("web_"));
    const auto webhook = print_json({"webhook", "show", id}).as_object();
    BOOST_TEST(webhook.at("id").as_string() == id);
    BOOST_TEST(webhook.at("app_id") == "54e9ujn");
    BOOST_TEST(webhook.at("url") == "https://example.com/Hooks?a=%20b");
    BOOST_CHECK(webhook.at("events") == json::array({"user.deleted", "user.created"}));
    BOOST_TEST(webhook.at("active") == false);
    BOOST_TEST(webhook.at("last_http_code").is_null());
    BOOST_TEST(webhook.at("last_http_code_date").is_null());
    BOOST_TEST(webhook.at("created_at") == webhook.at("updated_at"));
    BOOST_CHECK(only_item({"webhook", "list", "--app", "54e9ujn"}) == webhook);
    BOOST_TEST(holds(succeed({"webhook", "list", "--app", "54e9ujn"}), "user.deleted, user.created"));
    BOOST_TEST(holds(succeed({"webhook", "show", id}), "ACTIVE               no"));
}

BOOST_FIXTURE_TEST_CASE(a_verification_token_is_sealed_and_never_shown, AppFolder) {
    const auto id = add_webhook({"--url", "https://example.com", "--verification-token", "s3cret"});
    BOOST_TEST(unsealed_token(id) == "s3cret");
    BOOST_TEST(!holds(database_bytes(), "s3cret"));
    for (const Arguments& arguments : {Arguments{"webhook", "show", id},
                                       {"webhook", "show", id, "--json"},
                                       {"webhook", "list", "--app", "54e9ujn"},
                                       {"webhook", "list", "--app", "54e9ujn", "--json"}})
        BOOST_TEST(!holds(succeed(arguments), "s3cret"), joined(arguments));
}

BOOST_FIXTURE_TEST_CASE(a_verification_token_comes_from_a_file_or_standard_input_too, AppFolder) {
    const auto token_of = [&](const std::string& source, const std::string& input) {
        return unsealed_token(only_line(succeed(webhook_with_token(source), input)));
    };
    write("token", "from file\n");
    BOOST_TEST(token_of("@token", "") == "from file");
    write("token", "two lines\r\n");
    BOOST_TEST(token_of("@token", "") == "two lines");
    BOOST_TEST(token_of("-", "\xef\xbb\xbfs3cret\r\n") == "s3cret");
    BOOST_TEST(token_of("-", "from input") == "from input");
    BOOST_TEST(token_of("-", "@from input\n") == "@from input");
}

BOOST_FIXTURE_TEST_CASE(a_wrong_verification_token_is_refused_and_not_repeated, AppFolder) {
    BOOST_TEST(holds(fail(webhook_with_token("")), "found 0 characters, expected 1 to 100"));
    BOOST_TEST(holds(fail(webhook_with_token("-"), "\n"), "found 0 characters"));
    BOOST_TEST(holds(fail(webhook_with_token("-"), "s3cret\n\n"), "control character"));
    BOOST_TEST(holds(fail(webhook_with_token("-"), "s3cret\r"), "control character"));
    BOOST_TEST(holds(fail(webhook_with_token("-"), "\xff"), "not UTF-8"));
    BOOST_TEST(holds(fail(webhook_with_token("@absent")), "\"absent\": No such file"));
    BOOST_TEST(holds(fail(webhook_with_token("@.")), "cannot read the verification token"));
    const auto message = fail(webhook_with_token("-"), "s3cret" + std::string(100'000, 'x'));
    BOOST_TEST(holds(message, "expected 1 to 100"), message);
    BOOST_TEST(!holds(message, "s3cret"), message);
    BOOST_TEST(print_json({"webhook", "list", "--app", "54e9ujn"}).as_array().empty());
}

BOOST_FIXTURE_TEST_CASE(an_unknown_event_is_answered_with_the_known_ones, AppFolder) {
    const auto message = misuse(webhook_with({"--url", "https://example.com", "--verification-token", "a",
                                              "--event", "user.created", "--event", "user.gone"}));
    BOOST_TEST(holds(message, "user.gone"), message);
    for (const auto name : event_type_names)
        BOOST_TEST(holds(message, name), message);
}

BOOST_FIXTURE_TEST_CASE(the_url_of_a_webhook_is_checked, AppFolder) {
    const auto plain = webhook_with({"--url", "http://example.com/", "--verification-token", "a"});
    BOOST_TEST(holds(fail(plain), "url: found the scheme \"http\", expected https"));
    auto allowed = plain;
    allowed.insert(allowed.end(), {"--set", "webhooks.allow_http=true"});
    BOOST_TEST(only_line(succeed(allowed)).starts_with("web_"));
    BOOST_TEST(holds(fail(webhook_with({"--url", "nonsense", "--verification-token", "a"})),
                     "url: found \"nonsense\""));
}

BOOST_FIXTURE_TEST_CASE(without_the_key_file_no_webhook_is_made, AppFolder) {
    fs::remove(key_file());
    const auto message = fail(webhook_with_token("a"));
    BOOST_TEST(holds(message, "session-gateway.key"), message);
    BOOST_TEST(!fs::exists(key_file()));
    BOOST_TEST(print_json({"webhook", "list", "--app", "54e9ujn"}).as_array().empty());
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_is_not_there_is_a_failure, AppFolder) {
    BOOST_TEST(holds(fail({"webhook", "show", "web_0"}), "there is no webhook \"web_0\""));
    BOOST_TEST(succeed({"webhook", "list", "--app", "54e9ujn"}).starts_with("ID "));
    BOOST_TEST(print_json({"webhook", "list", "--app", "54e9ujn"}).as_array().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
