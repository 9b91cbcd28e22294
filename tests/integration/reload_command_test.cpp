// SIGHUP and `session-gateway reload` at the real daemon.

#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/http_client.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace gateway::test {

namespace {

struct Served : CommandFolder {
    Served() { write_config("log.level = \"info\"\n"); }

    void write_config(const std::string& text) const {
        write("gateway.toml", "database.path = \"data/session-gateway.db\"\n" + text);
    }

    void serve() {
        const Daemon::Variables variables{{"SESSION_GATEWAY_CONFIG", "gateway.toml"}};
        daemon = std::make_unique<Daemon>(path(), std::vector<std::string>{}, variables);
    }

    [[nodiscard]] Arguments reload() const { return {"--config", "gateway.toml", "reload"}; }

    [[nodiscard]] int status_of_large_body() const {
        return HttpClient(daemon->port()).request("GET", "/healthz", {{}, std::string(100, ' '), {}}).status;
    }

    std::unique_ptr<Daemon> daemon;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reload_command_test, Served)

BOOST_AUTO_TEST_CASE(what_changed_is_told_and_holds) {
    serve();
    BOOST_TEST(succeed(reload()) == "nothing to change\n");
    BOOST_TEST(status_of_large_body() == 200);
    write_config("server.max_body = 10\nserver.threads = 3\nserver.idle_timeout = \"5s\"\n");
    BOOST_TEST(succeed(reload()) ==
               "changed: server.max_body, server.idle_timeout\nneeds a restart: server.threads\n");
    BOOST_TEST(status_of_large_body() == 413);
    BOOST_TEST(succeed(reload()) == "nothing to change\nneeds a restart: server.threads\n");
    daemon->signal(SIGTERM);
    BOOST_TEST(daemon->wait() == 0);
    const auto log = daemon->log();
    BOOST_TEST(
        holds(log, R"("message":"settings reloaded","changed":"server.max_body, server.idle_timeout")"), log);
    BOOST_TEST(holds(log, R"("message":"settings that differ need a restart","settings":"server.threads")"),
               log);
    BOOST_TEST(!std::filesystem::exists(path() / "data/session-gateway.db.reload"));
}

BOOST_AUTO_TEST_CASE(a_faulty_file_changes_nothing) {
    serve();
    write_config("server.max_body = 10\nserver.idle_timeout = \"soon\"\n");
    BOOST_TEST(holds(fail(reload()), "gateway.toml:3:23: server.idle_timeout: found \"soon\""));
    BOOST_TEST(status_of_large_body() == 200);

    // A file that only the daemon's own run reads: it is told what is wrong with it.
    BOOST_TEST(holds(fail({"reload"}), "nothing has changed: "));
    BOOST_TEST(status_of_large_body() == 200);
    write_config("server.max_body = 10\n");
    BOOST_TEST(succeed({"reload"}) == "changed: server.max_body\n");
    BOOST_TEST(status_of_large_body() == 413);
    daemon->signal(SIGTERM);
    BOOST_TEST(daemon->wait() == 0);
    BOOST_TEST(holds(daemon->log(), "settings not reloaded: nothing has changed"));
}

BOOST_AUTO_TEST_CASE(without_a_daemon_nothing_is_reloaded) {
    BOOST_TEST(holds(fail(reload()), "no daemon serves " + (path() / "data/session-gateway.db").string()));
    serve();
    daemon->kill();
    BOOST_TEST(std::filesystem::exists(path() / "data/session-gateway.db.reload"));
    BOOST_TEST(holds(fail(reload()), "no daemon serves "));
    serve();
    BOOST_TEST(succeed(reload()) == "nothing to change\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
