#include "tests/support/command_folder.hpp"
#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

namespace gateway::test {

namespace {

struct HealthFolder : CommandFolder {
    TestServer server;
    std::string port = std::to_string(server.port());
    std::string url = "http://127.0.0.1:" + port;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(health_command_test, HealthFolder)

BOOST_AUTO_TEST_CASE(a_ready_daemon_is_ready_wherever_it_is_asked) {
    BOOST_TEST(succeed({"health", "--url", url}) == "ready\n");
    BOOST_TEST(succeed({"health", "--url", url + "/"}) == "ready\n");
    for (const std::string address : {"127.0.0.1", "0.0.0.0"}) {
        BOOST_TEST(succeed({"health", "--set", "server.port=" + port, "--set",
                            "server.address=" + address}) == "ready\n");
    }
}

BOOST_AUTO_TEST_CASE(a_daemon_that_cannot_write_is_not_ready) {
    const WriteLock lock(server.database());
    BOOST_TEST(fail({"health", "--url", url}) ==
               "session-gateway: " + url +
                   "/readyz answered 503: The database did not answer a read and a write in time.");
}

BOOST_AUTO_TEST_CASE(where_nobody_listens_nobody_is_ready) {
    server.stop();
    const auto line = fail({"health", "--url", url});
    BOOST_TEST(line.starts_with("session-gateway: " + url + "/readyz: connect: "));
}

BOOST_AUTO_TEST_CASE(a_port_that_only_the_daemon_knows_has_to_be_told) {
    BOOST_TEST(holds(fail({"health", "--set", "server.port=0"}), "--url"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
