// activateWebhook from the API to real receivers, plain and TLS, and what becomes of each challenge.

#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/outgoing_client.hpp"
#include "tests/support/receiver.hpp"
#include "tests/support/test_server.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gateway::test {

namespace json = boost::json;

namespace {

using std::chrono::milliseconds;

Settings loopback_settings() {
    Settings settings;
    settings.webhooks.allow_http = true;
    settings.delivery.allow_networks = {"127.0.0.0/8"};
    return settings;
}

std::unique_ptr<outgoing::Resolver> test_names() {
    auto names = std::make_unique<TableResolver>();
    names->add("receiver.test", {"127.0.0.1"});
    names->add("inner.test", {"10.0.0.1"});
    names->add("moving.test", {"127.0.0.2"});
    names->add("moving.test", {"127.0.0.1"});
    names->add("both.test", {"127.0.0.2", "127.0.0.1"});
    return names;
}

/// A server that trusts `authority`, with an app and its key.
struct Activations {
    explicit Activations(Settings settings = loopback_settings())
        : server(trusting(std::move(settings)), test_names()) {}

    CertificateAuthority authority;
    TemporaryFolder folder;
    TestServer server;
    std::string app = server.create_app();
    Token token = server.create_token(app);

    [[nodiscard]] Settings trusting(Settings settings) const {
        settings.delivery.ca_file = folder.path() / "authority.pem";
        std::ofstream(settings.delivery.ca_file) << authority.certificate();
        return settings;
    }

    /// Any thread.
    [[nodiscard]] Answer call(const std::string& method, const std::string& path,
                              const std::optional<std::string>& body = {}) const {
        return server.request(method, "/v2/session/apps/" + app + "/webhooks" + path, {token.text, body, {}});
    }

    /// The path of a new webhook.
    [[nodiscard]] std::string create(const std::string& url) const {
        const json::object body{{"url", url}, {"verification_token", "secret"}, {"events", {"user.created"}}};
        return "/" + std::string(call("POST", "", json::serialize(body)).webhook().at("id").as_string());
    }

    [[nodiscard]] Answer activate(const std::string& path) const { return call("POST", path + "/activate"); }

    [[nodiscard]] bool is_active(const std::string& path) const {
        return call("GET", path).webhook().at("active").as_bool();
    }

    [[nodiscard]] std::string outcomes() const {
        return server.ask("SELECT outcome FROM webhook_activations ORDER BY number");
    }

    /// What a challenge that failed at this step leaves behind, and that the answer tells nothing else.
    void check_refusal(const std::string& path, const Answer& answer, const std::string_view step) const {
        const json::object told{{"code", "webhook_activation_failed"},
                                {"status", "bad_request"},
                                {"message", "The webhook was not activated: " + std::string(step) + "."}};
        BOOST_TEST(answer.status == 400);
        BOOST_TEST(answer.body == told);
        BOOST_TEST(!is_active(path));
        BOOST_TEST(server.ask("SELECT outcome FROM webhook_activations WHERE webhook_id = '" +
                              path.substr(1) + "'") == step);
    }

    void check_refused(const std::string& url, const std::string_view step) const {
        const auto path = create(url);
        check_refusal(path, activate(path), step);
    }
};

struct HastyActivations : Activations {
    HastyActivations() : Activations(settings()) {}

    static Settings settings() {
        auto settings = loopback_settings();
        settings.delivery.timeout = milliseconds(300) * slowness;
        return settings;
    }
};

std::string number_in(const ReceivedRequest& request) {
    const std::string key = "&challenge=";
    const auto begin = request.target.find(key) + key.size();
    return request.target.substr(begin, request.target.find('&', begin) - begin);
}

std::string proof(const ReceivedRequest& request, const std::string& before = {},
                  const std::string& after = {}) {
    return R"({"challenge":)" + before + number_in(request) + after + "}";
}

Reply prove(const ReceivedRequest& request) {
    return answer(200, proof(request));
}

Script always(const Reply& reply) {
    return [reply](const ReceivedRequest&) { return reply; };
}

/// The proof, but of this status and with these headers.
Script prove_with(const unsigned status, const Headers& headers = {}) {
    return [=](const ReceivedRequest& request) { return answer(status, proof(request), headers); };
}

/// The proof with something around its number.
Script prove_in(const std::string& before, const std::string& after) {
    return [=](const ReceivedRequest& request) { return answer(200, proof(request, before, after)); };
}

struct Refusal {
    std::string_view receiver;
    std::string_view step;
    Script script;
};

const Refusal refusals[] = {
    {"another number", "challenge_mismatch", prove_in("", "0")},
    {"a negative number", "challenge_mismatch", prove_in("-", "")},
    {"the number as a string", "challenge_mismatch", prove_in("\"", "\"")},
    {"the number with an exponent", "challenge_mismatch", prove_in("", "e0")},
    {"the number with a fraction", "challenge_mismatch", prove_in("", ".0")},
    {"the number in an array", "challenge_mismatch", prove_in("[", "]")},
    {"an object without the number", "challenge_mismatch", always(answer(200, "{}"))},
    {"no JSON", "body", always(answer(200, "secret of the inner network"))},
    {"no body", "body", always(answer(200))},
    {"the proof before an endless body", "body",
     [](const ReceivedRequest& request) { return endless(ok("\r\n") + proof(request), "          "); }},
    {"the proof as another success", "http_status", prove_with(201)},
    {"no content", "http_status", always(answer(204))},
    {"the proof as an error", "http_status", prove_with(500)},
    {"the proof in a redirect", "http_status", prove_with(302, {{"Location", "/hook"}})},
    {"huge headers", "protocol", prove_with(200, {{"X", std::string(20'000, 'x')}})},
    {"endless headers", "protocol", always(endless(ok(""), "X: y\r\n"))},
    {"no HTTP", "protocol", always(raw("garbage\r\n\r\n"))},
    {"closed early", "protocol", always(close_early())},
    {"closed in the middle", "protocol", always(raw(ok("Content-Length: 100\r\n\r\n{")))},
    {"reset", "protocol", always(reset())},
};

constexpr milliseconds pause = milliseconds(20) * slowness;

// Each goes on for longer than there is time.
const Refusal slow_refusals[] = {
    {"the proof, dripping", "timeout",
     [](const ReceivedRequest& request) { return drip(ok("\r\n") + proof(request), pause); }},
    {"headers, dripping", "timeout", always(drip(ok("X: ") + std::string(5'000, 'x'), pause))},
    {"silence", "timeout", always(silence())},
};

/// Each refusal by a plain receiver and by one that speaks TLS. None is asked twice.
void check_refusals(const Activations& activations, const std::span<const Refusal> table) {
    const auto secure = secure_with(activations.authority.issue({"receiver.test"}));
    for (const auto& [name, step, script] : table) {
        for (const auto& options : {ReceiverOptions{}, secure}) {
            const Receiver receiver(script, options);
            const auto url = receiver.url("/hook", "receiver.test");
            BOOST_TEST_CONTEXT(name << " at " << url) {
                activations.check_refused(url, step);
                BOOST_TEST(receiver.requests().size() == 1U);
            }
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(activation_test)

BOOST_FIXTURE_TEST_CASE(a_receiver_that_proves_itself_over_tls_activates_its_webhook, Activations) {
    const Receiver receiver(prove, secure_with(authority.issue({"receiver.test"})));
    const auto path = create(receiver.url("/hook?a=b", "receiver.test"));
    const auto answer = activate(path);
    BOOST_TEST(answer.status == 200, answer.text);
    BOOST_TEST(answer.webhook().at("active").as_bool());
    BOOST_TEST(is_active(path));
    BOOST_TEST(outcomes() == "succeeded");
    const auto requests = receiver.requests();
    BOOST_TEST_REQUIRE(requests.size() == 1U);
    BOOST_TEST(requests[0].method == "GET");
    BOOST_TEST(requests[0].target == "/hook?a=b&event=activate&verification_token=secret&challenge=" +
                                         number_in(requests[0]) + "&app_id=" + app);
}

BOOST_FIXTURE_TEST_CASE(whatever_else_a_receiver_answers_does_not_activate_its_webhook, Activations) {
    check_refusals(*this, refusals);
}

BOOST_FIXTURE_TEST_CASE(a_receiver_has_to_prove_itself_in_time, HastyActivations) {
    check_refusals(*this, slow_refusals);
    const BlackHole nowhere;
    check_refused(nowhere.url(), "timeout");
}

BOOST_FIXTURE_TEST_CASE(a_receiver_has_to_be_who_its_url_says, Activations) {
    const CertificateAuthority stranger;
    const Identity identities[] = {authority.issue({"receiver.test"}, Validity::expired),
                                   authority.issue({"receiver.test"}, Validity::future),
                                   authority.issue({"other.test"}), stranger.issue({"receiver.test"})};
    for (const auto& identity : identities) {
        const Receiver receiver(prove, secure_with(identity));
        check_refused(receiver.url("/", "receiver.test"), "tls");
        BOOST_TEST(receiver.requests().empty());
    }
    const Receiver plain(prove);
    check_refused("https" + plain.url().substr(4), "tls");
}

BOOST_FIXTURE_TEST_CASE(a_receiver_has_to_be_where_it_may_be, Activations) {
    const ClosedPort closed;
    check_refused(closed.url(), "connect");
    check_refused("https://unknown.test/", "dns");
    for (const std::string host : {"10.0.0.1", "169.254.169.254", "[::1]", "inner.test"})
        check_refused("https://" + host + "/", "blocked_address");
}

BOOST_AUTO_TEST_CASE(a_name_that_moves_to_a_blocked_address_is_not_followed_there) {
    auto settings = loopback_settings();
    settings.delivery.deny_networks = {"127.0.0.1/32"};
    const Activations activations(settings);
    const Receiver inner(prove);
    activations.check_refused(inner.url("/", "moving.test"), "connect");  // to where it was looked up, once
    activations.check_refused(inner.url("/", "moving.test"), "blocked_address");
    activations.check_refused(inner.url("/", "both.test"), "blocked_address");
    BOOST_TEST(inner.connections() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_changes_during_its_challenge_stays_inactive, Activations) {
    for (const std::string change :
         {R"({"verification_token":"new"})", R"({"url":"https://shop.example/"})"}) {
        std::string path;
        const Receiver receiver([&](const ReceivedRequest& request) {
            return call("PATCH", path, change).status == 200 ? prove(request) : close_early();
        });
        path = create(receiver.url());
        check_refusal(path, activate(path), "challenge_mismatch");
    }
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_is_deleted_during_its_challenge_is_gone, Activations) {
    std::string path;
    const Receiver receiver([&](const ReceivedRequest& request) {
        return call("DELETE", path).status == 200 ? prove(request) : close_early();
    });
    path = create(receiver.url());
    BOOST_TEST(activate(path).code() == "webhook_not_found");
    BOOST_TEST(call("GET", path).code() == "webhook_not_found");
    BOOST_TEST(outcomes() == "abandoned");
}

BOOST_AUTO_TEST_CASE(an_app_that_leaves_dev_mode_during_a_challenge_gets_no_plain_http) {
    auto settings = loopback_settings();
    settings.webhooks.allow_http = false;
    const Activations strict(settings);
    const auto mode = [&strict](const std::string& to) {
        return strict.server.request("PUT", "/v2/session/apps/" + strict.app + "/mode",
                                     {strict.token.text, R"({"mode":")" + to + R"("})", {}});
    };
    BOOST_TEST(mode("dev").status == 204);
    const Receiver receiver([&](const ReceivedRequest& request) {
        return mode("prod").status == 204 ? prove(request) : close_early();
    });
    const auto path = strict.create(receiver.url());
    for (int i = 0; i < 2; ++i) {  // during the challenge, and before it
        const auto refused = strict.activate(path);
        BOOST_TEST(refused.code() == "webhook_activation_failed");
        BOOST_TEST(refused.body.at("message").as_string() ==
                   "The webhook was not activated: url: found the scheme \"http\", expected https.");
        BOOST_TEST(!strict.is_active(path));
    }
    BOOST_TEST(strict.outcomes() == "url");
    BOOST_TEST(receiver.requests().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_challenge_whose_key_is_revoked_meanwhile_does_not_go_on_running, Activations) {
    const auto other = server.create_token(app);
    const Receiver receiver([&](const ReceivedRequest& request) {
        server.revoke_token(token.id);
        return prove(request);
    });
    const auto path = create(receiver.url());
    BOOST_TEST(activate(path).code() == "invalid_api_token");
    BOOST_TEST(server.stop());  // it waits for what is under way
    BOOST_TEST(outcomes() == "abandoned");
}

BOOST_AUTO_TEST_CASE(a_challenge_whose_outcome_cannot_be_noted_is_answered_honestly_and_ends) {
    auto settings = loopback_settings();
    settings.database.busy_timeout = milliseconds(100);
    Activations activations(settings);
    std::optional<WriteLock> lock;
    const Receiver receiver([&](const ReceivedRequest& request) {
        lock.emplace(activations.server.database());
        return prove(request);
    });
    const auto path = activations.create(receiver.url());
    const auto refused = activations.activate(path);
    lock->release();
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.code() == "storage_unavailable");
    BOOST_TEST(!holds(refused.text, "nothing was written"));
    BOOST_TEST(refused.header("Retry-After") == "1");
    BOOST_TEST(!activations.is_active(path));
    BOOST_TEST(activations.server.stop());  // it waits for what is under way
    BOOST_TEST(activations.outcomes() == "abandoned");
}

BOOST_AUTO_TEST_CASE(one_app_does_not_take_the_places_of_the_others) {
    auto settings = loopback_settings();
    settings.webhooks.running_activations = 4;
    Activations activations(settings);
    const auto first_app = std::exchange(activations.app, activations.server.create_app());
    const auto first_token =
        std::exchange(activations.token, activations.server.create_token(activations.app));
    const Receiver quick(prove);
    const auto other = activations.create(quick.url());
    const auto other_app = std::exchange(activations.app, first_app);
    const auto other_token = std::exchange(activations.token, first_token);

    const auto second = activations.create(quick.url());
    std::string of_the_same;
    std::string of_another;
    const Receiver receiver([&](const ReceivedRequest& request) {
        of_the_same = activations.activate(second).code();
        of_another = std::to_string(
            activations.server
                .request("POST", "/v2/session/apps/" + other_app + "/webhooks" + other + "/activate",
                         {other_token.text, {}, {}})
                .status);
        return prove(request);
    });
    BOOST_TEST(activations.activate(activations.create(receiver.url())).status == 200);
    BOOST_TEST(of_the_same == "rate_limited");
    BOOST_TEST(of_another == "200");
}

BOOST_FIXTURE_TEST_CASE(a_webhook_is_challenged_so_many_times_a_minute_and_no_more, Activations) {
    const Receiver receiver(answer(500));
    const auto path = create(receiver.url());
    for (int i = 0; i < 6; ++i) {
        BOOST_TEST(activate(path).status == 400);
        server.clock.advance(std::chrono::seconds(1));
    }
    const auto refused = activate(path);
    BOOST_TEST(refused.status == 429);
    BOOST_TEST(refused.code() == "rate_limited");
    BOOST_TEST(refused.header("Retry-After") == "54");           // a minute after the first
    BOOST_TEST(activate(create(receiver.url())).status == 400);  // another one's limit is its own
    BOOST_TEST(receiver.requests().size() == 7U);

    server.clock.advance(std::chrono::seconds(54));
    BOOST_TEST(activate(path).status == 400);
    BOOST_TEST(activate(path).header("Retry-After") == "1");
    BOOST_TEST(receiver.requests().size() == 8U);
}

BOOST_FIXTURE_TEST_CASE(one_challenge_of_a_webhook_runs_at_a_time, Activations) {
    std::string path;
    Answer second;
    const Receiver receiver([&](const ReceivedRequest& request) {
        second = activate(path);
        return prove(request);
    });
    path = create(receiver.url());
    BOOST_TEST(activate(path).status == 200);
    BOOST_TEST(second.status == 429);
    BOOST_TEST(second.code() == "rate_limited");
    BOOST_TEST(second.header("Retry-After") == "15");  // delivery.timeout and 5 s: by then it has ended
    BOOST_TEST(receiver.requests().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_challenge_whose_process_was_killed_does_not_run_forever, Activations) {
    const Receiver receiver(prove);
    const auto path = create(receiver.url());
    server.ask("INSERT INTO webhook_activations (webhook_id, app_id, host, started_at) VALUES ('" +
               path.substr(1) + "', '" + app + "', '127.0.0.1', '2025-03-15T12:00:00.000Z')");
    BOOST_TEST(activate(path).status == 429);
    server.clock.advance(std::chrono::seconds(15));
    BOOST_TEST(activate(path).status == 200);
}

BOOST_AUTO_TEST_CASE(so_many_challenges_run_at_once_and_no_more) {
    auto settings = loopback_settings();
    settings.webhooks.running_activations = 1;
    const Activations activations(settings);
    std::string other;
    Answer second;
    const Receiver receiver([&](const ReceivedRequest& request) {
        second = activations.activate(other);
        return prove(request);
    });
    const Receiver other_receiver(prove);
    other = activations.create(other_receiver.url());
    BOOST_TEST(activations.activate(activations.create(receiver.url())).status == 200);
    BOOST_TEST(second.status == 429);
    BOOST_TEST(second.code() == "rate_limited");
    BOOST_TEST(second.header("Retry-After") == "1");
    BOOST_TEST(other_receiver.connections() == 0U);
    BOOST_TEST(activations.activate(other).status == 200);  // it is another's turn
}

BOOST_FIXTURE_TEST_CASE(the_api_and_the_subcommand_count_to_one_limit, MigratedFolder) {
    const Receiver receiver(answer(500));
    const std::vector<std::string> settings{"webhooks.allow_http=true", "webhooks.activations_per_minute=2",
                                            "delivery.allow_networks=127.0.0.0/8"};
    const auto with_settings = [&](Arguments arguments) {
        for (const auto& setting : settings)
            arguments.insert(arguments.end(), {"--set", setting});
        return arguments;
    };
    const auto app = only_line(succeed({"app", "create"}));
    const auto token = only_line(succeed({"token", "create", "--app", app}));
    const auto webhook = only_line(succeed(with_settings(
        {"webhook", "create", "--app", app, "--url", receiver.url(), "--verification-token", "secret"})));

    const Daemon daemon(path(), settings);
    const auto activate = [&] {
        return HttpClient(daemon.port())
            .request("POST", "/v2/session/apps/" + app + "/webhooks/" + webhook + "/activate",
                     {token, {}, {}});
    };
    const auto activate_by_hand = [&] { return fail(with_settings({"webhook", "activate", webhook})); };
    BOOST_TEST(activate().code() == "webhook_activation_failed");
    BOOST_TEST(holds(activate_by_hand(), "http_status"));
    BOOST_TEST(holds(activate_by_hand(), "2 times within a minute"));
    const auto refused = activate();
    BOOST_TEST(refused.code() == "rate_limited");
    BOOST_TEST(!refused.header("Retry-After").empty());
    BOOST_TEST(receiver.requests().size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
