#include "server/command/command_line.hpp"
#include "server/settings/settings.hpp"
#include "storage/prepared_database.hpp"
#include "tests/support/command_folder.hpp"
#include "tests/support/daemon.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <string>

namespace gateway::test {

namespace fs = std::filesystem;

namespace {

/// The line of `check-config` that tells of one setting.
std::string line_of(const std::string& key, const std::string& text) {
    const auto begin = text.find(key + ' ');
    BOOST_TEST_REQUIRE(begin != std::string::npos);
    return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_test)

BOOST_FIXTURE_TEST_CASE(help_and_version_may_stand_anywhere, CommandFolder) {
    for (const Arguments& arguments : {Arguments{"--version"},
                                       {"app", "--version"},
                                       {"app", "list", "--version"},
                                       {"--set", "server.port=1", "check-config", "--version"}})
        BOOST_TEST(only_line(succeed(arguments)).starts_with("session-gateway "), joined(arguments));
    for (const Arguments& arguments : {Arguments{"--help"},
                                       {"-h"},
                                       {"serve", "--help"},
                                       {"app", "-h"},
                                       {"--help", "app"},
                                       {"webhook", "create", "--help"},
                                       {"token", "create", "--app", "54e9ujn", "-h"}})
        BOOST_TEST(holds(succeed(arguments), "Usage: session-gateway"), joined(arguments));
}

BOOST_FIXTURE_TEST_CASE(the_help_tells_of_each_setting_and_each_subcommands_points_there, CommandFolder) {
    const auto help = succeed({"--help"});
    for (const auto& setting : describe_settings())
        BOOST_TEST(holds(help, "\n  " + setting.key + " = " + setting.default_value + "\n"), setting.key);
    BOOST_TEST(holds(succeed({"app", "create", "--help"}), "Settings: `session-gateway --help` lists them"));
}

BOOST_FIXTURE_TEST_CASE(wrong_usage_is_told_in_one_line, CommandFolder) {
    const auto says = [this](const Arguments& arguments, const std::string& fault) {
        BOOST_TEST(misuse(arguments) == "session-gateway: " + fault + "; --help tells more\n");
    };
    says({}, "A subcommand is required");
    says({"nonsense"}, "unknown argument \"nonsense\"");
    says({"app", "nonsense"}, "unknown argument \"nonsense\"");
    says({"app", "show", "--nonsense"}, "unknown argument \"--nonsense\"");
    says({"app", "list", "more", "and", "more"}, "unknown argument \"more\"");
    says({"app", "show"}, "ID is required");
}

BOOST_FIXTURE_TEST_CASE(wrong_usage_has_status_2, CommandFolder) {
    for (const Arguments& arguments : {Arguments{},
                                       {"nonsense"},
                                       {"app"},
                                       {"app", "nonsense"},
                                       {"app", "list", "extra"},
                                       {"app", "list", "--nonsense"},
                                       {"app", "show"},
                                       {"app", "delete", "--yes"},
                                       {"app", "create", "--id"},
                                       {"app", "create", "--id", "Shop"},
                                       {"app", "create", "--id", ""},
                                       {"app", "create", "--name", "a\nb"},
                                       {"app", "create", "--name", "\xff"},
                                       {"app", "create", "--name", std::string(101, 'a')},
                                       {"token", "create"},
                                       {"token", "create", "--app", "54e9ujn", "--all-apps"},
                                       {"token", "revoke"},
                                       {"token", "create", "--all-apps", "--expires-in", "soon"},
                                       {"token", "create", "--all-apps", "--expires-in", "0d"},
                                       {"token", "create", "--all-apps", "--expires-in", "36501d"},
                                       {"webhook", "list"},
                                       {"webhook", "create"},
                                       {"webhook", "create", "--app", "54e9ujn", "--url", "https://a"},
                                       {"--config"},
                                       {"migrate", "--set"}})
        BOOST_TEST(misuse(arguments) != "", joined(arguments));
    BOOST_TEST(!fs::exists(database()));
}

BOOST_FIXTURE_TEST_CASE(a_wrong_file_of_settings_is_named_with_its_line, CommandFolder) {
    const auto file = (path() / "gateway.toml").string();
    write("gateway.toml", "[server]\nport = 9000\nthread = 4\n");
    const auto message = fail({"app", "list", "--config", file});
    BOOST_TEST(holds(message, file + ":3:"), message);
    BOOST_TEST(holds(message, "server.thread"), message);
    BOOST_TEST(holds(message, "server.threads"), message);

    write("gateway.toml", "[server]\nport = \"high\"\n");
    BOOST_TEST(holds(fail({"--config", file, "check-config"}), file + ":2:"));
    write("gateway.toml", "[server\n");
    BOOST_TEST(holds(fail({"--config", file, "check-config"}), file + ":1:"));
    BOOST_TEST(holds(fail({"check-config", "--config", "absent.toml"}), "absent.toml"));
}

BOOST_FIXTURE_TEST_CASE(a_wrong_override_is_named, CommandFolder) {
    BOOST_TEST(holds(fail({"app", "list", "--set", "server.port=high"}), "--set: server.port"));
    BOOST_TEST(holds(fail({"--set", "server.prot=1", "app", "list"}), "server.port"));
    BOOST_TEST(holds(fail({"app", "list"}, {}, {{"SESSION_GATEWAY_SERVER_PORT", "high"}}),
                     "environment SESSION_GATEWAY_SERVER_PORT"));
}

BOOST_FIXTURE_TEST_CASE(an_empty_name_of_the_file_of_settings_is_refused, CommandFolder) {
    const std::string expected = ": found \"\", expected the path of the configuration file";
    BOOST_TEST(holds(fail({"--config", "", "app", "list"}), "--config" + expected));
    BOOST_TEST(holds(fail({"app", "list"}, {}, {{"SESSION_GATEWAY_CONFIG", ""}}),
                     "SESSION_GATEWAY_CONFIG" + expected));
}

BOOST_FIXTURE_TEST_CASE(serve_needs_no_standard_streams, CommandFolder) {
    for (const auto& closed : {std::vector<int>{}, {0}, {1}, {0, 1}}) {
        const auto outcome = run_program({.arguments = {"serve", "--set", "server.port=0"},
                                          .folder = path(),
                                          .environment = {},
                                          .input = {},
                                          .closed = closed,
                                          .stop_at = "\"listening\""});
        BOOST_TEST(outcome.status == 0, outcome.err);
        BOOST_TEST(holds(outcome.err, "\"stopped\""), outcome.err);
        const bool is_heard = closed.empty() || closed.back() == 0;
        BOOST_TEST(holds(outcome.out, "listening on") == is_heard, outcome.out);
    }
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_printed_is_a_failure, MigratedFolder) {
    const auto outcome = run_program(
        {.arguments = {"app", "create"}, .folder = path(), .environment = {}, .input = {}, .closed = {0, 1}});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(only_line(outcome.err) == "session-gateway: cannot write to standard output");
}

BOOST_FIXTURE_TEST_CASE(without_standard_error_no_file_takes_its_place, MigratedFolder) {
    const auto outcome = run_program({.arguments = {"app", "show", "0000000"},
                                      .folder = path(),
                                      .environment = {},
                                      .input = {},
                                      .closed = {2}});
    BOOST_TEST(outcome.status == 1);
    for (const auto& file : fs::directory_iterator(database().parent_path()))
        BOOST_TEST(!holds(content_of(file.path()), "there is no app"), file.path());
}

BOOST_FIXTURE_TEST_CASE(check_config_tells_where_each_setting_comes_from, CommandFolder) {
    write("gateway.toml", "[server]\nport = 9000\nthreads = 3\nmax_connections = 7\n");
    const auto file = (path() / "gateway.toml").string();
    const Environment environment{{"SESSION_GATEWAY_CONFIG", file},
                                  {"SESSION_GATEWAY_SERVER_THREADS", "4"},
                                  {"SESSION_GATEWAY_SERVER_MAX_CONNECTIONS", "8"}};
    const auto outcome = run({"check-config", "--set", "server.threads=5"}, {}, environment);
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
    const auto says = [&](const std::string& key, const std::string& value, const std::string& origin) {
        const auto line = line_of(key, outcome.out);
        BOOST_TEST(holds(line, "= " + value + ' '), line);
        BOOST_TEST(line.ends_with("# " + origin), line);
    };
    says("server.port", "9000", file + ":2");
    says("server.threads", "5", "--set");
    says("server.max_connections", "8", "environment SESSION_GATEWAY_SERVER_MAX_CONNECTIONS");
    says("server.idle_timeout", "\"1m\"", "default");
}

BOOST_FIXTURE_TEST_CASE(global_options_may_stand_anywhere, CommandFolder) {
    write("gateway.toml", "[database]\npath = \"other.db\"\n[secrets]\nkey_file = \"other.key\"\n");
    succeed({"migrate", "--config", "gateway.toml"});
    BOOST_TEST(fs::exists(path() / "other.db"));
    BOOST_TEST(fs::exists(path() / "other.key"));
    const std::string set = "database.path=" + (path() / "other.db").string();
    for (const Arguments& arguments : {Arguments{"--config", "gateway.toml", "app", "list", "--json"},
                                       {"app", "--config", "gateway.toml", "list", "--json"},
                                       {"app", "list", "--json", "--config", "gateway.toml"},
                                       {"--set", set, "app", "list", "--json"},
                                       {"app", "list", "--set", set, "--set", "log.level=debug", "--json"}})
        BOOST_TEST(succeed(arguments) == "[]\n", joined(arguments));
}

BOOST_FIXTURE_TEST_CASE(without_a_database_its_absolute_path_is_told, CommandFolder) {
    for (const Arguments& arguments : {Arguments{"app", "list"},
                                       {"app", "create"},
                                       {"app", "delete", "54e9ujn", "--yes"},
                                       {"token", "list"},
                                       {"token", "create", "--all-apps"},
                                       {"webhook", "list", "--app", "54e9ujn"},
                                       {"migrate", "--status"},
                                       {"webhook", "create", "--app", "54e9ujn", "--url",
                                        "https://example.com", "--verification-token", "a"}}) {
        const auto message = fail(arguments);
        BOOST_TEST(holds(message, fs::canonical(path()).string() + "/data/session-gateway.db"), message);
        BOOST_TEST(holds(message, "session-gateway migrate"), message);
    }
    BOOST_TEST(fs::is_empty(path()));
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_no_database_of_ours_is_refused, CommandFolder) {
    write("notes.txt",
          "This is not a database, but it is long enough to be mistaken for one by its size alone.\n");
    for (const auto* const command : {"list", "create"})
        BOOST_TEST(holds(fail({"app", command, "--set", "database.path=notes.txt"}), "notes.txt"));
    BOOST_TEST(holds(fail({"migrate", "--set", "database.path=notes.txt"}), "not a database"));
}

BOOST_FIXTURE_TEST_CASE(migrate_makes_database_and_key_file_for_their_owner_alone, CommandFolder) {
    BOOST_TEST(succeed({"migrate"}).starts_with("applied 1 "));
    for (const auto& path : {database(), key_file()})
        BOOST_TEST((fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write)),
                   path);
    const auto key = content_of(key_file());
    BOOST_TEST(only_line(succeed({"migrate"})) == "the database is up to date");
    BOOST_TEST(content_of(key_file()) == key);
}

BOOST_FIXTURE_TEST_CASE(migrate_status_tells_what_was_applied, MigratedFolder) {
    const auto status = succeed({"migrate", "--status"});
    BOOST_TEST(status.starts_with("0001  "), status);
    BOOST_TEST(holds(status, "applied 20"), status);
    BOOST_TEST(!holds(status, "pending"), status);
}

BOOST_FIXTURE_TEST_CASE(subcommands_work_while_the_daemon_has_the_database_and_migrate_does_not,
                        MigratedFolder) {
    const storage::PreparedDatabase daemon(database(), key_file(), system_random, system_now);
    BOOST_TEST(holds(fail({"migrate"}), "another session-gateway serves or migrates it"));
    const auto id = only_line(succeed({"app", "create"}));
    BOOST_TEST(holds(succeed({"app", "list"}), id));
    succeed({"token", "create", "--app", id});
}

BOOST_FIXTURE_TEST_CASE(a_second_daemon_is_refused_whatever_name_it_has_for_the_file, MigratedFolder) {
    const storage::PreparedDatabase daemon(database(), key_file(), system_random, system_now);
    fs::create_symlink(database(), path() / "symbolic.db");
    fs::create_hard_link(database(), path() / "hard.db");
    for (const auto* const command : {"serve", "migrate"}) {
        const auto symbolic = fail({command, "--set", "database.path=symbolic.db"});
        BOOST_TEST(holds(symbolic, fs::canonical(database()).string() + ": another session-gateway"),
                   symbolic);
        BOOST_TEST(holds(symbolic, "stop that one first"), symbolic);
        const auto hard = fail({command, "--set", "database.path=hard.db"});
        BOOST_TEST(holds(hard, fs::canonical(path() / "hard.db").string() + ": another session-gateway"),
                   hard);
        BOOST_TEST(holds(hard, "under another name; stop that one, and remove the hard link"), hard);
    }
    const auto command = fail({"app", "create", "--set", "database.path=hard.db"});
    BOOST_TEST(holds(command, "has this file open under another name; use that one"), command);
    BOOST_TEST(holds(fail({"migrate", "--status", "--set", "database.path=hard.db"}), "under another name"));
    BOOST_TEST(!fs::exists(path() / "hard.db-wal"));
    succeed({"app", "create", "--set", "database.path=symbolic.db"});
}

BOOST_FIXTURE_TEST_CASE(serve_warns_of_a_database_that_others_may_read, MigratedFolder) {
    fs::permissions(database(), fs::perms::others_read, fs::perm_options::add);
    Daemon daemon(path());
    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
    const auto warning = "everybody may read or write " + fs::canonical(database()).string();
    BOOST_TEST(holds(daemon.log(), warning), daemon.log());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
