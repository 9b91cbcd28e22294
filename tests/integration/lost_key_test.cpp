// The key file is lost: what each way into the program says, and the way out.

#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/http_client.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <string>

namespace gateway::test {

namespace fs = std::filesystem;

namespace {

struct LostKey : AppFolder {
    std::string first = only_line(succeed(webhook_with_token("a")));
    std::string second = only_line(succeed(webhook_with_token("b")));
    std::string token = only_line(succeed({"token", "create", "--app", "54e9ujn"}));

    LostKey() { fs::remove(key_file()); }

    [[nodiscard]] Answer request(const Daemon& daemon, const std::string& method, const std::string& webhook,
                                 const std::string& more, const std::optional<std::string>& body = {}) const {
        return HttpClient(daemon.port())
            .request(method, "/v2/session/apps/54e9ujn/webhooks/" + webhook + more, {token, body, {}});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lost_key_test, LostKey)

BOOST_AUTO_TEST_CASE(without_its_key_file_the_program_says_what_to_do) {
    for (const Arguments& arguments : {Arguments{"serve"},
                                       {"migrate"},
                                       {"secrets", "rotate"},
                                       {"webhook", "update", first, "--verification-token", "c"},
                                       {"webhook", "activate", first}}) {
        const auto message = fail(arguments);
        BOOST_TEST(holds(message, "session-gateway.key"), message);
        BOOST_TEST(holds(message, "put back the one that belongs to this database"), message);
        BOOST_TEST(holds(message, "`session-gateway secrets reset`"), message);
    }
    BOOST_TEST(!fs::exists(key_file()));
}

BOOST_AUTO_TEST_CASE(a_reset_asks_first_and_every_token_can_be_set_again) {
    const auto told = misuse({"secrets", "reset"});
    BOOST_TEST(holds(told, "gives up the 2 secrets"), told);
    BOOST_TEST(holds(told, "--yes"), told);
    BOOST_TEST(!fs::exists(key_file()));

    const auto done = succeed({"secrets", "reset", "--yes"});
    BOOST_TEST(holds(done, "2 secrets have to be set again"), done);
    Daemon daemon(path());
    const auto refused = request(daemon, "POST", first, "/activate");
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.code() == "webhook_activation_failed");
    BOOST_TEST(holds(refused.message(), "set the verification token again"), refused.message());
    BOOST_TEST(holds(fail({"webhook", "activate", second}), "set the verification token again"));

    BOOST_TEST(request(daemon, "PATCH", first, "", R"({"verification_token":"c"})").status == 200);
    BOOST_TEST(unsealed_token(first) == "c");
    succeed({"webhook", "update", second, "--verification-token", "d"});
    BOOST_TEST(unsealed_token(second) == "d");

    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
    BOOST_TEST(holds(daemon.log(), "secrets do not open"), daemon.log());
    BOOST_TEST(holds(daemon.log(), "SELECT * FROM shut_secrets"), daemon.log());
}

BOOST_AUTO_TEST_CASE(a_rotation_names_the_webhooks_whose_token_does_not_open) {
    succeed({"secrets", "reset", "--yes"});
    succeed({"webhook", "update", second, "--verification-token", "d"});
    const auto told = succeed({"secrets", "rotate"});
    BOOST_TEST(told.starts_with("sealed 1 secrets under the new key "), told);
    BOOST_TEST(holds(told, "1 secrets do not open and stay as they are; set them again: " + first + "\n"),
               told);
    BOOST_TEST(unsealed_token(second) == "d");
}

BOOST_AUTO_TEST_CASE(a_reset_is_for_a_key_that_is_lost) {
    succeed({"secrets", "reset", "--yes"});
    const auto key = content_of(key_file());
    BOOST_TEST(
        holds(fail({"secrets", "reset", "--yes"}), "holds the key in use; `session-gateway secrets rotate`"));

    {
        const Daemon daemon(path());
        fs::rename(key_file(), path() / "elsewhere");
        BOOST_TEST(holds(fail({"secrets", "reset", "--yes"}), "stop that one first"));
    }
    write("data/session-gateway.key", "of something else");
    BOOST_TEST(holds(fail({"secrets", "reset", "--yes"}), "move it away first"));
    BOOST_TEST(content_of(key_file()) == "of something else");
    BOOST_TEST(content_of(path() / "elsewhere") == key);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
