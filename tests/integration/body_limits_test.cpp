// How large bodies may be, each and together.

#include "server/api/payloads.hpp"
#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::test {

namespace {

constexpr std::size_t kib = 1'024;

/// A request that publishes, with white space up to a size.
std::string body_of(const std::size_t size) {
    const auto event = R"({"type":"user.created","payload":)" +
                       std::string(api::example_payload(EventType::user_created)) + "}";
    return std::string(size - event.size(), ' ') + event;
}

struct Api : TestApi {
    using TestApi::TestApi;

    [[nodiscard]] std::string path() const { return "/v2/session/apps/" + app + "/events"; }

    [[nodiscard]] std::string begin(const std::string& lines, const std::string& method_and_path) const {
        return method_and_path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token.text + "\r\n" +
               lines + "\r\n";
    }

    [[nodiscard]] std::string publish(const std::string& lines) const {
        return begin(lines, "POST " + path());
    }
};

Settings with(const std::size_t events, const std::size_t memory = 64 * kib * kib) {
    Settings settings;
    settings.events.max_body = events;
    settings.server.body_memory = memory;
    return settings;
}

std::string length(const std::size_t bytes) {
    return "Content-Length: " + std::to_string(bytes) + "\r\n";
}

std::string chunk(const std::string& bytes) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx", bytes.size());
    return std::string(size) + "\r\n" + bytes + "\r\n0\r\n\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(body_limits_test)

BOOST_AUTO_TEST_CASE(a_request_that_publishes_may_be_larger_than_others) {
    Api api(with(1'000 * kib));
    for (const auto size : {300 * kib, 1'000 * kib}) {
        BOOST_TEST(api.client.request("POST", api.path(), {api.token.text, body_of(size), {}}).status == 201);
        auto client = api.server.connect();
        client.send(api.publish("Transfer-Encoding: chunked\r\n") + chunk(body_of(size)));
        BOOST_TEST(client.receive().status == 201);
    }
    for (const auto& framing : {length(1'000 * kib + 1) + "\r\n",
                                "Transfer-Encoding: chunked\r\n\r\n" + chunk(body_of(1'000 * kib + 1))}) {
        auto client = api.server.connect();
        auto bytes = api.publish("");
        bytes.resize(bytes.size() - 2);
        client.send(bytes + framing.substr(0, 2'000));
        const auto answer = client.receive();
        BOOST_TEST(answer.status == 413);
        BOOST_TEST(answer.message() == "The request body is larger than 1024000 bytes.");
    }
    const auto other = api.client.request("POST", api.events_path(), {api.token.text, body_of(66 * kib), {}});
    BOOST_TEST(other.status == 413);
    BOOST_TEST(other.message() == "The request body is larger than 65536 bytes.");
}

BOOST_AUTO_TEST_CASE(a_small_body_that_comes_with_its_header_has_its_limit_too) {
    Api api(with(100));
    const auto answer = api.client.request("POST", api.path(), {api.token.text, body_of(1'000), {}});
    BOOST_TEST(answer.status == 413);
    BOOST_TEST(answer.message() == "The request body is larger than 100 bytes.");
    BOOST_TEST(api.server.ask("SELECT count(*) FROM events") == "0");
}

BOOST_AUTO_TEST_CASE(the_path_is_judged_before_the_size_and_the_size_before_the_key) {
    const TestServer server;
    const auto status = [&](const std::string& path) {
        return server.request("POST", path, {{}, body_of(70 * kib), {}}).status;
    };
    BOOST_TEST(status("/nowhere") == 404);
    BOOST_TEST(status("/v2/session/apps/54e9ujn/webhooks") == 413);
    BOOST_TEST(status("/v2/session/apps/54e9ujn/events") == 401);
}

BOOST_AUTO_TEST_CASE(bodies_take_so_much_memory_together) {
    Api api(with(100 * kib, 150 * kib));
    auto first = api.server.connect();
    first.send(api.publish(length(100 * kib) + "Expect: 100-continue\r\n"));
    BOOST_TEST(first.receive().status == 100);
    for (const std::string framing : {"Transfer-Encoding: chunked\r\n", "Content-Length: 100000\r\n"}) {
        auto second = api.server.connect();
        second.send(api.publish(framing) + (framing.starts_with('T') ? "19000\r\n" : ""));
        if (framing.starts_with('T')) second.send(std::string(60 * kib, ' '));
        const auto answer = second.receive();
        BOOST_TEST(answer.status == 503);
        BOOST_TEST(answer.code() == "overloaded");
        BOOST_TEST(answer.header("Retry-After") == "1");
        BOOST_TEST(answer.header("Connection") == "close");
    }
    first.send(body_of(100 * kib));
    BOOST_TEST(first.receive().status == 201);
    // What it held is free again, soon after its answer, and so is what the refused ones held.
    const auto status = [&] {
        return api.server.request("POST", api.path(), {api.token.text, body_of(100 * kib), {}}).status;
    };
    for (int i = 0; i < 3; ++i) {
        auto answered = status();
        for (int tries = 0; answered == 503 && tries < 1'000; ++tries)
            answered = status();
        BOOST_TEST(answered == 201);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
