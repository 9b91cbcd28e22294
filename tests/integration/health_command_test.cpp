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

BOOST_AUTO_TEST_CASE(of_several_listeners_the_first_plain_one_is_asked) {
    const std::string listen = "server.listen=https://127.0.0.1:1,unix:/x.sock,";
    const Arguments tls{"--set", "server.tls_certificate=/x.pem", "--set", "server.tls_key=/x.key"};
    const auto health_of = [&](const std::string& addresses) {
        Arguments arguments{"health", "--set", addresses};
        arguments.insert(arguments.end(), tls.begin(), tls.end());
        return arguments;
    };
    BOOST_TEST(succeed(health_of(listen + "http://0.0.0.0:" + port)) == "ready\n");
    BOOST_TEST(holds(fail(health_of("server.listen=https://127.0.0.1:1")), "--url"));
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
