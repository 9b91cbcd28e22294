#include "tests/support/command_folder.hpp"
#include "tests/support/tls_server.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/ssl.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace gateway::test {

namespace {

using std::chrono::milliseconds;

// A limit that a test waits for, and one that no test reaches.
constexpr milliseconds brief{200};
constexpr std::chrono::seconds endless{3'600};

constexpr std::size_t tls = 1;

struct SecureApi : IdentityFiles, TestApi {
    explicit SecureApi(const Settings& settings = {}) : TestApi(with_tls(*this, settings)) {}

    [[nodiscard]] HttpClient connect_securely() const {
        auto secure = server.connect(tls);
        secure.start_tls();
        return secure;
    }
};

std::string failure_of(HttpClient& client, const TlsOptions& options) {
    try {
        client.start_tls(options);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_listener_test)

BOOST_FIXTURE_TEST_CASE(requests_are_served_through_tls_beside_plain_ones, SecureApi) {
    auto secure = server.connect(tls);
    const auto outcome = secure.start_tls({.protocols = "\x02h2\x08http/1.1"});
    BOOST_TEST(outcome.version == "TLSv1.3");
    BOOST_TEST(outcome.protocol == "http/1.1");
    BOOST_TEST(outcome.certificate == identity().certificate);
    for (const auto* const event : {"user.created", "user.deleted"}) {
        const auto answer =
            secure.request("POST", events_path(), {token.text, TestApi::event_body(event), {}});
        BOOST_TEST(answer.status == 201);
        BOOST_TEST(answer.keep_alive);
    }
    BOOST_TEST(get_webhook().status == 200);
    BOOST_TEST(get_webhook().webhook().at("events").as_array().size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(large_bodies_go_through_tls_both_ways, SecureApi) {
    constexpr int webhooks = 100;
    for (int i = 1; i < webhooks; ++i)
        server.create_webhook(app);
    auto secure = connect_securely();
    const std::string body = R"({"event":"user.created")" + std::string(60'000, ' ') + "}";
    BOOST_TEST(secure.request("POST", events_path(), {token.text, body, {}}).status == 201);
    const auto list = secure.request("GET", webhooks_path(), {token.text, {}, {}});
    BOOST_TEST(list.body.at("webhooks").as_array().size() == std::size_t{webhooks});
    BOOST_TEST(list.text.size() > 16'384U);  // more than a record
}

BOOST_FIXTURE_TEST_CASE(a_body_that_was_announced_is_asked_for, SecureApi) {
    auto secure = connect_securely();
    const auto body = TestApi::event_body("user.created");
    const Headers headers{{"Expect", "100-continue"}, {"Content-Length", std::to_string(body.size())}};
    secure.send(request_text("POST", events_path(), {token.text, {}, headers}));
    BOOST_TEST(secure.receive().status == 100);
    secure.send(body);
    BOOST_TEST(secure.receive().status == 201);
}

BOOST_FIXTURE_TEST_CASE(tls_1_2_is_the_oldest, SecureApi) {
    auto old = server.connect(tls);
    BOOST_TEST(old.start_tls({.newest = TLS1_2_VERSION}).version == "TLSv1.2");
    BOOST_TEST(old.request("GET", "/healthz").status == 200);
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        auto older = server.connect(tls);
        const auto failure = failure_of(older, {.newest = version});
        BOOST_TEST(failure.find("alert protocol version") != std::string::npos, failure);
    }
}

BOOST_FIXTURE_TEST_CASE(a_client_that_speaks_another_protocol_alone_is_refused, SecureApi) {
    auto other = server.connect(tls);
    const auto failure = failure_of(other, {.protocols = "\x02h2"});
    BOOST_TEST(failure.find("no application protocol") != std::string::npos, failure);
}

BOOST_FIXTURE_TEST_CASE(plain_http_is_told_in_plain_http_that_the_port_speaks_tls, SecureApi) {
    for (const auto* const method : {"GET", "POST", "DELETE", "PATCH", "MKCOL"}) {
        auto plain = server.connect(tls);
        plain.send(request_text(method, "/healthz"));
        const auto text = plain.receive_until_closed();
        BOOST_TEST(text.starts_with("HTTP/1.1 400 "), text);
        BOOST_TEST(holds(text, "This port speaks TLS, and what came is plain HTTP: call it with https://."));
        BOOST_TEST(holds(text, "Connection: close"));
    }
    const auto lines = server.end_and_read_log();
    BOOST_TEST(holds(lines, R"("status":400)"));
    BOOST_TEST(holds(lines, "This port speaks TLS"));
}

BOOST_FIXTURE_TEST_CASE(what_is_no_tls_is_closed_and_logged_with_its_reason, SecureApi) {
    auto garbage = server.connect(tls);
    garbage.send(std::string(32, '\x01'));
    BOOST_CHECK_NO_THROW(garbage.wait_until_gone());
    auto half = server.connect(tls);
    half.send("\x16\x03\x01");
    half.finish_sending();
    BOOST_TEST(half.receive_until_closed().empty());
    BOOST_TEST(connect_securely().request("GET", "/healthz").status == 200);
    const auto lines = server.end_and_read_log();
    BOOST_TEST(holds(lines, "wrong version number"), lines);
    BOOST_TEST(holds(lines, "stream truncated"), lines);
}

BOOST_AUTO_TEST_CASE(a_handshake_that_stops_or_does_not_begin_is_cut_off) {
    Settings settings;
    settings.server.header_timeout = brief;
    settings.server.idle_timeout = endless;
    SecureApi api(settings);
    auto silent = api.server.connect(tls);
    auto half = api.server.connect(tls);
    half.send("\x16\x03\x01");
    auto plain = api.server.connect();
    BOOST_TEST(silent.receive_until_closed().empty());
    BOOST_TEST(half.receive_until_closed().empty());
    BOOST_TEST(plain.request("GET", "/healthz").status == 200);  // whose time is idle_timeout
    BOOST_TEST(holds(api.server.end_and_read_log(), "it did not come in time"));
}

BOOST_AUTO_TEST_CASE(silent_handshakes_take_no_places_of_connections) {
    Settings settings;
    settings.server.max_connections = 2;
    settings.server.header_timeout = endless;
    const SecureApi api(settings);  // its own client is one
    constexpr std::size_t many = 200;
    std::vector<HttpClient> silent;
    silent.reserve(many);
    while (silent.size() < many)
        silent.push_back(api.server.connect(tls));
    auto secure = api.connect_securely();
    BOOST_TEST(secure.request("GET", "/healthz").status == 200);

    auto one_too_many = api.connect_securely();
    const auto answer = one_too_many.receive();
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.code() == "overloaded");
    BOOST_TEST(one_too_many.receive_until_closed().empty());
}

/// receive_until_closed() throws where TLS ends without a word.
BOOST_AUTO_TEST_CASE(each_end_is_said_in_tls) {
    Settings settings;
    settings.server.idle_timeout = brief;
    const SecureApi api(settings);
    auto silent = api.connect_securely();
    BOOST_TEST(silent.receive_until_closed().empty());
    auto last = api.connect_securely();
    last.send(request_text("GET", "/healthz", {{}, {}, {{"Connection", "close"}}}));
    BOOST_TEST(last.receive().status == 200);
    BOOST_TEST(last.receive_until_closed().empty());
    auto refused = api.connect_securely();
    refused.send("no HTTP\r\n\r\n");
    BOOST_TEST(refused.receive().status == 400);
    BOOST_TEST(refused.receive_until_closed().empty());
}

BOOST_AUTO_TEST_CASE(a_stop_ends_idle_connections_and_handshakes_at_once) {
    Settings settings;
    settings.server.header_timeout = endless;
    settings.server.idle_timeout = endless;
    SecureApi api(settings);
    auto silent = api.server.connect(tls);
    auto idle = api.connect_securely();
    // Accepted after the silent one: what nobody has accepted yet would be reset.
    BOOST_TEST(idle.request("GET", "/healthz").status == 200);
    BOOST_TEST(api.server.stop());
    BOOST_TEST(idle.receive_until_closed().empty());
    BOOST_TEST(silent.receive_until_closed().empty());
}

BOOST_FIXTURE_TEST_CASE(a_renewed_certificate_is_taken_up_while_connections_go_on, SecureApi) {
    auto before = connect_securely();
    const auto renewed = issue();
    write(renewed);
    const auto served_certificate = [this] { return server.connect(tls).start_tls().certificate; };
    const auto deadline = std::chrono::steady_clock::now() + HttpClient::limit;
    while (served_certificate() != renewed.certificate)
        BOOST_TEST_REQUIRE((std::chrono::steady_clock::now() < deadline));
    BOOST_TEST(before.request("GET", "/healthz").status == 200);
}

BOOST_AUTO_TEST_CASE(a_server_without_usable_files_does_not_start) {
    IdentityFiles files;
    const IdentityFiles others;
    files.write_key(others.identity().key);
    BOOST_CHECK_EXCEPTION(
        TestServer{with_tls(files)}, std::runtime_error, [&](const std::runtime_error& error) {
            return std::string(error.what()).starts_with("server.tls_key: " + files.key().string());
        });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
