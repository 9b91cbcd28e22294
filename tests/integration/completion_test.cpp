// What completes the command line in a shell, and the manual page: made from the command line itself.

#include "tests/support/command_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <vector>

namespace gateway::test {

namespace {

struct CompletionFolder : CommandFolder {
    /// What bash offers for the last of these words, which may be begun or empty.
    [[nodiscard]] std::vector<std::string> offered(const Arguments& words) const {
        write("completion", succeed({"completion", "bash"}));
        Launch launch{{"-c",
                       "set -u; source ./completion; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); "
                       "_session_gateway; printf '%s\\n' \"${COMPREPLY[@]}\"",
                       "bash", "session-gateway"},
                      path(),
                      {},
                      {}};
        launch.program = "bash";
        launch.arguments.insert(launch.arguments.end(), words.begin(), words.end());
        const auto outcome = run_program(launch);
        BOOST_TEST(outcome.err == "");
        std::istringstream lines(outcome.out);
        std::vector<std::string> all;
        for (std::string line; std::getline(lines, line);)
            all.push_back(line);
        return all;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(completion_test, CompletionFolder)

BOOST_AUTO_TEST_CASE(bash_offers_the_subcommands_of_where_one_is) {
    BOOST_TEST(offered({"serv"}) == std::vector<std::string>{"serve"}, boost::test_tools::per_element());
    BOOST_TEST(offered({"app", "cr"}) == std::vector<std::string>{"create"},
               boost::test_tools::per_element());
    BOOST_TEST(offered({"--config", "x.toml", "app", "cr"}) == std::vector<std::string>{"create"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bash_offers_the_options_of_a_subcommand_and_those_of_the_line) {
    BOOST_TEST(offered({"token", "create", "--ap"}) == std::vector<std::string>{"--app"},
               boost::test_tools::per_element());
    BOOST_TEST(offered({"token", "create", "--conf"}) == std::vector<std::string>{"--config"},
               boost::test_tools::per_element());
    BOOST_TEST(offered({"serve", "--ap"}) == std::vector<std::string>{""}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_other_shells_know_the_same_words) {
    for (const auto* const shell : {"zsh", "fish"}) {
        const auto script = succeed({"completion", shell});
        BOOST_TEST(holds(script, "' token create'"));
        BOOST_TEST(holds(script, "--verification-token"));
        BOOST_TEST(holds(script, "Run the daemon"));
    }
}

BOOST_AUTO_TEST_CASE(the_manual_tells_of_each_subcommand_option_and_setting) {
    const auto page = succeed({"manual"});
    BOOST_TEST(page.starts_with(".TH SESSION\\-GATEWAY 1 "));
    for (const auto* const text : {".SS webhook create\n", "\\fB\\-\\-verification\\-token\\fR",
                                   "\\fBserver.port\\fR \\fI= 8080\\fR", "SESSION_GATEWAY_SERVER_PORT"})
        BOOST_TEST(holds(page, text), text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
