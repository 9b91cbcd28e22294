// /readyz of a running daemon while one of its parts does not get on.

#include "tests/support/delivery_fixture.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/metrics_text.hpp"
#include "tests/support/test_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <latch>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace gateway::test {

namespace {

using namespace std::chrono_literals;

constexpr health::Limits quick{.patience = 300ms, .interval = 10ms, .silence = 100ms};

Settings public_metrics() {
    Settings settings;
    settings.metrics.is_public = true;
    settings.delivery.allow_networks = {"127.0.0.0/8"};
    return settings;
}

/// Holds whoever looks a name up, on the thread that does, until it is let go.
class HoldingResolver final : public outgoing::Resolver {
  public:
    explicit HoldingResolver(std::latch& released) : released_(released) {}

    boost::asio::awaitable<outgoing::OutgoingResult<outgoing::Addresses>> resolve(
        outgoing::LookUp, outgoing::Deadline) override {
        released_.wait();
        co_return outgoing::OutgoingError{outgoing::OutgoingFailure::dns, "no such name"};
    }

  private:
    std::latch& released_;
};

struct Health {
    std::latch released{1};
    bool is_released = false;
    TestServer server;
    std::string app = server.create_app();
    Token token = server.create_token(app);

    explicit Health(Settings settings = public_metrics(),
                    TestServer::SteadyClock steady = std::chrono::steady_clock::now)
        : server(std::move(settings), std::make_unique<HoldingResolver>(released), std::move(steady), quick) {
    }

    ~Health() { release(); }

    Health(const Health&) = delete;
    Health& operator=(const Health&) = delete;

    void release() {
        if (!std::exchange(is_released, true)) released.count_down();
    }

    /// A job that holds the thread of the database that runs it.
    template <class Context>
    auto holding() {
        return [this](Context&) {
            released.wait();
            return true;
        };
    }

    [[nodiscard]] std::string users_path() const { return "/v2/session/apps/" + app + "/users"; }

    /// Gives the user's id.
    std::string create_user(const std::string& address) {
        const auto body = R"({"identifiers":[{"type":"email_address","value":")" + address + R"("}]})";
        const auto answer = server.request("POST", users_path(), {token.text, body, {}});
        BOOST_TEST_REQUIRE(answer.status == 201);
        return std::string(answer.body.at("id").as_string());
    }

    void delete_user(const std::string& id) {
        BOOST_TEST(server.request("DELETE", users_path() + "/" + id, {token.text, {}, {}}).status == 200);
    }

    [[nodiscard]] std::string metrics() const { return server.request("GET", "/metrics").text; }

    /// On a connection of its own each time, as a silent thread gets none.
    [[nodiscard]] Answer ready() const { return server.request("GET", "/readyz"); }

    void expect_green() {
        const auto is_green = [this] {
            server.clock.advance(2s);  // what a probe found is good for a second
            return ready().status == 200;
        };
        wait_until(is_green, "green");
    }

    /// Red, and this part is named, in the answer and in the metrics; then green when it goes on.
    void expect_red_and_green(const std::string& part) {
        wait_until([this] { return ready().status == 503; }, part + ": red");
        wait_until([&] { return ready().message().find(part + ": ") != std::string::npos; }, part);
        const auto line = R"(session_gateway_part_ok{part=")" + part + "\"}";
        BOOST_TEST((metric(metrics(), line) == 0));
        release();
        expect_green();
        BOOST_TEST((metric(metrics(), line) == 1));
        const auto log = server.end_and_read_log();
        BOOST_TEST(log.find(R"("message":"not ready","part":")" + part) != std::string::npos, log);
        BOOST_TEST(log.find(R"("message":"well again","part":")" + part) != std::string::npos, log);
    }
};

Settings one_request_at_a_time() {
    auto settings = public_metrics();
    settings.delivery.in_flight = 1;
    settings.delivery.timeout = 1h;
    return settings;
}

/// A webhook whose receiver answers when it is released, and one that waits for its turn meanwhile. Time
/// passes as the test says.
struct OneAtATime : Health {
    TestClock time;
    Receiver slow{[this](const ReceivedRequest&) {
        released.wait();
        return answer(200);
    }};
    Receiver other{answer(200)};

    explicit OneAtATime(const TestClock& clock = {})
        : Health(one_request_at_a_time(),
                 [clock] { return std::chrono::steady_clock::time_point(clock.now().time_since_epoch()); }),
          time(clock) {}

    ~OneAtATime() { release(); }

    OneAtATime(const OneAtATime&) = delete;
    OneAtATime& operator=(const OneAtATime&) = delete;

    void add_webhook(const Receiver& receiver, const EventType event) {
        const auto id = server.create_webhook(app, {event});
        server.ask("UPDATE webhooks SET active = 1, url = '" + receiver.url() + "' WHERE id = '" + id + "'");
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(health_test)

BOOST_FIXTURE_TEST_CASE(all_parts_are_watched_and_well, Health) {
    wait_until([this] { return metrics().find("part_ok") != std::string::npos; }, "a first look");
    const auto text = metrics();
    for (const std::string part : {"writer", "reader 1", "reader 2", "checkpointer", "acceptor", "dispatcher",
                                   "io 1", "io 2", "disk", "deliveries"})
        BOOST_TEST((metric(text, R"(session_gateway_part_ok{part=")" + part + "\"}") == 1), part);
    BOOST_TEST((metric(text, "session_gateway_delivery_lag_seconds") == 0));
    BOOST_TEST(metric(text, "session_gateway_disk_free_bytes").value() > 0);
}

BOOST_FIXTURE_TEST_CASE(the_writer, Health) {
    auto write = server.daemon_database().write(holding<storage::Transaction>(), no_deadline);
    boost::asio::co_spawn(server.acceptor(), std::move(write), boost::asio::detached);
    expect_red_and_green("writer");
}

BOOST_FIXTURE_TEST_CASE(a_reader, Health) {
    // Two of them have one each, and a third job waits: both are named.
    for (int i = 0; i < 2; ++i) {
        auto read = server.daemon_database().read(holding<storage::Snapshot>(), no_deadline);
        boost::asio::co_spawn(server.acceptor(), std::move(read), boost::asio::detached);
    }
    expect_red_and_green("reader 2");
}

BOOST_AUTO_TEST_CASE(the_checkpointer) {
    FaultyVfs disk(std::filesystem::temp_directory_path());
    auto settings = public_metrics();
    // So nobody else syncs as long as the log does not start over.
    settings.database.synchronous = storage::Synchronous::normal;
    settings.database.checkpoint_size = 1'000'000;
    Health health(settings);
    disk.hold_syncs(health.released);
    const auto write_until_red = [&health, users = 0]() mutable {
        health.create_user(std::to_string(++users) + "@example.com");
        return health.ready().status == 503;
    };
    wait_until(write_until_red, "red");
    health.expect_red_and_green("checkpointer");
}

BOOST_FIXTURE_TEST_CASE(the_acceptor, Health) {
    auto waiting = server.connect();
    BOOST_TEST(waiting.request("GET", "/healthz").status == 200);
    boost::asio::post(server.acceptor(), [this] { released.wait(); });
    wait_until([&] { return waiting.request("GET", "/readyz").status == 503; }, "red");
    wait_until(
        [&] { return waiting.request("GET", "/readyz").message().find("acceptor: ") != std::string::npos; },
        "the acceptor to be named");
    release();
    expect_green();
}

BOOST_FIXTURE_TEST_CASE(an_io_thread_which_gets_no_connections_meanwhile, Health) {
    const auto webhook = server.create_webhook(app, {EventType::user_created});
    auto stuck = server.connect();  // on the first thread
    BOOST_TEST(stuck.request("GET", "/healthz").status == 200);
    auto other = server.connect();  // on the second
    stuck.send(request_text("POST", "/v2/session/apps/" + app + "/webhooks/" + webhook + "/activate",
                            {token.text, {}, {}}));
    wait_until(
        [&other] { return other.request("GET", "/readyz").message().find("io 1: ") != std::string::npos; },
        "it to be named");
    for (int i = 0; i < 4; ++i)
        BOOST_TEST(server.request("GET", "/healthz").status == 200);
    release();
    BOOST_TEST(stuck.receive().code() == "webhook_activation_failed");
    expect_green();
}

BOOST_FIXTURE_TEST_CASE(the_dispatcher, Health) {
    const auto webhook = server.create_webhook(app, {EventType::user_created});
    server.ask("UPDATE webhooks SET active = 1 WHERE id = '" + webhook + "'");
    create_user("ada@example.com");
    expect_red_and_green("dispatcher");
}

BOOST_FIXTURE_TEST_CASE(a_delivery_that_waits_for_longer_than_it_may, OneAtATime) {
    add_webhook(slow, EventType::user_created);
    add_webhook(other, EventType::user_deleted);
    const auto user = create_user("ada@example.com");
    wait_until([this] { return slow.requests().size() == 1; }, "the request that holds all others up");
    delete_user(user);
    const auto is_red_later = [this] {
        time.advance(1min);
        return ready().status == 503;
    };
    wait_until(is_red_later, "red");
    BOOST_TEST(other.requests().empty());
    BOOST_TEST(ready().message().find("longer than health.max_lag (600 s)") != std::string::npos);
    BOOST_TEST(metric(metrics(), "session_gateway_delivery_lag_seconds").value() > 600);
    expect_red_and_green("deliveries");
    BOOST_TEST(other.requests().size() == 1);
}

BOOST_AUTO_TEST_CASE(a_disk_with_less_room_than_is_wanted) {
    Settings settings = public_metrics();
    settings.health.min_free = std::numeric_limits<std::uint64_t>::max();
    const Health health(settings);
    wait_until([&] { return health.ready().message().find("health.min_free") != std::string::npos; }, "red");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
