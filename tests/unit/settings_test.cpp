#include "server/settings/settings.hpp"

#include "server/settings/values.hpp"
#include "tests/support/paths.hpp"
#include "tests/unit/settings_support.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace gateway;
using namespace std::chrono_literals;

namespace {

EffectiveSetting effective(const LoadedSettings& loaded, std::string_view key) {
    const auto found = std::ranges::find(loaded.effective, key, &EffectiveSetting::key);
    BOOST_REQUIRE(found != loaded.effective.end());
    return *found;
}

std::string content_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(settings_test)

BOOST_AUTO_TEST_CASE(without_any_source_the_defaults_hold) {
    const auto loaded = load_settings({});
    BOOST_TEST((loaded.settings == Settings{}));
    for (const auto& setting : loaded.effective)
        BOOST_TEST(setting.origin == "default");
}

BOOST_AUTO_TEST_CASE(an_empty_file_changes_nothing) {
    const SettingsFolder folder;
    BOOST_TEST((folder.load("").settings == Settings{}));
    BOOST_TEST((folder.load("[server]\n# port = 1\n[log]\n").settings == Settings{}));
}

BOOST_AUTO_TEST_CASE(every_setting_of_the_file_reaches_its_own_member) {
    const SettingsFolder folder;
    const auto settings = folder
                              .load(R"(
        [server]
        address = "::1"
        port = 0
        threads = 3
        max_body = "1MiB"
        max_header = 4096
        max_connections = 4
        header_timeout = "1s"
        body_timeout = "2s"
        idle_timeout = "2m"
        write_timeout = "3s"
        request_timeout = "4s"
        shutdown_timeout = "500ms"
        [database]
        path = "/var/x.db"
        synchronous = "normal"
        readers = 5
        write_queue = 6
        read_queue = 7
        checkpoint_size = "1GiB"
        checkpoint = "external"
        busy_timeout = "8s"
        [backup]
        folder = "/mnt/backups"
        every = "6h"
        keep = 3
        max_wal = "2GiB"
        before_migration = false
        [log]
        level = "error"
        format = "json"
        [secrets]
        key_file = "/etc/x.key"
        [webhooks]
        allow_http = true
    )")
                              .settings;
    const Settings expected{.server = {.address = "::1",
                                       .port = 0,
                                       .threads = 3,
                                       .max_body = 1'048'576,
                                       .max_header = 4096,
                                       .max_connections = 4,
                                       .header_timeout = 1s,
                                       .body_timeout = 2s,
                                       .idle_timeout = 120s,
                                       .write_timeout = 3s,
                                       .request_timeout = 4s,
                                       .shutdown_timeout = 500ms},
                            .database = {.path = "/var/x.db",
                                         .synchronous = storage::Synchronous::normal,
                                         .readers = 5,
                                         .write_queue = 6,
                                         .read_queue = 7,
                                         .checkpoint_size = 1'073'741'824,
                                         .checkpoint = storage::Checkpoints::external,
                                         .busy_timeout = 8s},
                            .secrets = {.key_file = "/etc/x.key"},
                            .backup = {.folder = "/mnt/backups",
                                       .every = 6h,
                                       .keep = 3,
                                       .max_wal = 2'147'483'648,
                                       .before_migration = false},
                            .log = {.level = LogLevel::error, .format = LogFormat::json},
                            .webhooks = {.allow_http = true}};
    BOOST_TEST((settings == expected));
}

BOOST_AUTO_TEST_CASE(the_command_line_overrides_the_environment_and_that_the_file) {
    const SettingsFolder folder;
    folder.write("[server]\nport = 1001\nthreads = 11\nmax_connections = 21\n");
    const auto loaded = load_settings(
        {.file = folder.file(),
         .environment = {{"SESSION_GATEWAY_SERVER_PORT", "1002"}, {"SESSION_GATEWAY_SERVER_THREADS", "12"}},
         .overrides = {"server.port=1", "server.port=1003"}});
    BOOST_TEST(loaded.settings.server.port == 1003);
    BOOST_TEST(loaded.settings.server.threads == 12U);
    BOOST_TEST(loaded.settings.server.max_connections == 21U);
    BOOST_TEST(effective(loaded, "server.port").origin == "--set");
    BOOST_TEST(effective(loaded, "server.threads").origin == "environment SESSION_GATEWAY_SERVER_THREADS");
    BOOST_TEST(effective(loaded, "server.max_connections").origin == folder.file().string() + ":4");
    BOOST_TEST(effective(loaded, "server.address").origin == "default");
}

BOOST_AUTO_TEST_CASE(effective_settings_are_written_as_the_file_would_have_them) {
    const auto loaded = load_settings(
        {.file = {}, .environment = {}, .overrides = {"server.idle_timeout=120s", "server.max_body=2048"}});
    BOOST_TEST(effective(loaded, "server.port").value == "8080");
    BOOST_TEST(effective(loaded, "server.address").value == "\"127.0.0.1\"");
    BOOST_TEST(effective(loaded, "server.idle_timeout").value == "\"2m\"");
    BOOST_TEST(effective(loaded, "server.max_body").value == "\"2KiB\"");
    BOOST_TEST(effective(loaded, "log.format").value == "\"auto\"");
    BOOST_TEST(effective(loaded, "webhooks.allow_http").value == "false");
}

BOOST_AUTO_TEST_CASE(effective_settings_read_back_as_a_file_are_the_same) {
    const SettingsFolder folder;
    std::string content;
    for (const auto& setting : load_settings({}).effective)
        content += setting.key + " = " + setting.value + "\n";
    auto settings = folder.load(content).settings;
    settings.database.path = std::filesystem::relative(settings.database.path, folder.path());
    settings.secrets.key_file = std::filesystem::relative(settings.secrets.key_file, folder.path());
    BOOST_TEST((settings == Settings{}));
}

BOOST_AUTO_TEST_CASE(every_setting_can_be_set_by_variable_and_on_the_command_line) {
    for (const auto& setting : describe_settings()) {
        const auto& written = setting.default_value;
        if (written.starts_with('[')) continue;  // an empty list cannot be written on one line
        const auto text = written.starts_with('"') ? written.substr(1, written.size() - 2) : written;
        const auto by_variable = load_environment(setting.variable, text);
        BOOST_TEST((by_variable.settings == Settings{}), setting.key);
        BOOST_TEST(effective(by_variable, setting.key).origin == "environment " + setting.variable);
        const auto by_override = load_override(setting.key + "=" + text);
        BOOST_TEST((by_override.settings == Settings{}), setting.key);
        BOOST_TEST(effective(by_override, setting.key).origin == "--set");
    }
}

BOOST_AUTO_TEST_CASE(a_list_outside_of_the_file_takes_blanks_and_single_addresses) {
    const auto networks = [](const std::string& text) {
        return load_environment("SESSION_GATEWAY_DELIVERY_ALLOW_NETWORKS", text)
            .settings.delivery.allow_networks;
    };
    using Networks = std::vector<std::string>;
    BOOST_TEST(networks("10.1.0.0/16, 10.2.0.0/16\t,fd00::/8 ") ==
               (Networks{"10.1.0.0/16", "10.2.0.0/16", "fd00::/8"}));
    BOOST_TEST(networks("10.1.2.3,fd00::1") == (Networks{"10.1.2.3/32", "fd00::1/128"}));
    BOOST_TEST(networks("") == Networks{});
    BOOST_TEST(networks(" ") == Networks{});
}

BOOST_AUTO_TEST_CASE(the_address_to_listen_on_may_stand_as_in_a_url) {
    BOOST_TEST(load_override("server.address=[::1]").settings.server.address == "::1");
    BOOST_TEST(load_override("server.address=0.0.0.0").settings.server.address == "0.0.0.0");
}

BOOST_AUTO_TEST_CASE(the_example_is_what_check_config_prints) {
    BOOST_TEST(content_of(test::source_folder() / "config/session-gateway.toml") == example_file(),
               "renew it: session-gateway check-config --defaults > config/session-gateway.toml");
}

BOOST_AUTO_TEST_CASE(the_readme_has_the_table_of_the_settings) {
    std::string table = "| key | default | changed by | what it is |\n| --- | --- | --- | --- |\n";
    for (const auto& setting : describe_settings())
        table += "| `" + setting.key + "` | `" + setting.default_value + "` | " +
                 (setting.needs_restart ? "restart" : "reload") + " | " + setting.description + " |\n";
    const auto readme = content_of(test::source_folder() / "README.md");
    BOOST_TEST(readme.find("\n\n" + table + "\n") != std::string::npos, "README.md must have:\n" << table);
}

BOOST_AUTO_TEST_CASE(no_two_settings_share_a_key_or_a_variable) {
    std::set<std::string> keys;
    std::set<std::string> variables;
    for (const auto& setting : describe_settings()) {
        BOOST_TEST(keys.insert(setting.key).second, setting.key);
        BOOST_TEST(variables.insert(setting.variable).second, setting.variable);
        BOOST_TEST(setting.variable != config_file_variable);
        BOOST_TEST(!setting.description.empty(), setting.key);
    }
}

BOOST_AUTO_TEST_CASE(relative_paths_of_the_file_count_from_its_folder_others_from_the_working_directory) {
    const SettingsFolder folder;
    folder.write("database.path = \"a/b.db\"\nsecrets.key_file = \"/etc/key\"\n");
    const auto from_file = load_settings({.file = folder.file(), .environment = {}, .overrides = {}});
    BOOST_TEST(from_file.settings.database.path == folder.path() / "a/b.db");
    BOOST_TEST(from_file.settings.secrets.key_file == "/etc/key");
    BOOST_TEST(effective(from_file, "database.path").value ==
               toml_string((folder.path() / "a/b.db").string()));

    const auto mixed = load_settings({.file = folder.file(),
                                      .environment = {{"SESSION_GATEWAY_DATABASE_PATH", "c/d.db"}},
                                      .overrides = {"secrets.key_file=e.key"}});
    BOOST_TEST(mixed.settings.database.path == "c/d.db");
    BOOST_TEST(mixed.settings.secrets.key_file == "e.key");
    BOOST_TEST(load_settings({}).settings.database.path == "data/session-gateway.db");
}

BOOST_AUTO_TEST_CASE(a_path_reads_back_as_it_was_written) {
    const SettingsFolder folder;
    const auto loaded = folder.load("[database]\npath = " + toml_string("/a\"b\\c d\xc3\xbc") + "\n");
    BOOST_TEST(loaded.settings.database.path.string() == "/a\"b\\c d\xc3\xbc");
}

BOOST_AUTO_TEST_CASE(of_the_environment_only_our_variables_are_taken) {
    const std::vector<const char*> variables{"PATH=/bin",
                                             "SESSION_GATEWAY_SERVER_PORT=1",
                                             "SESSION_GATEWAY_CONFIG=/etc/x.toml",
                                             "SESSION_GATEWAY_LOG_LEVEL=a=b",
                                             "SESSION_GATEWAY_EMPTY=",
                                             "MY_SESSION_GATEWAY_SERVER_PORT=2",
                                             "SESSION_GATEWAY_BARE",
                                             nullptr};
    const Environment expected{{"SESSION_GATEWAY_SERVER_PORT", "1"},
                               {"SESSION_GATEWAY_LOG_LEVEL", "a=b"},
                               {"SESSION_GATEWAY_EMPTY", ""},
                               {"SESSION_GATEWAY_BARE", ""}};
    BOOST_TEST((settings_environment(variables.data()) == expected));
}

BOOST_AUTO_TEST_CASE(the_example_file_holds_every_key_and_equals_the_defaults) {
    const auto file = test::source_folder() / "config/session-gateway.toml";
    const auto loaded = load_settings({.file = file, .environment = {}, .overrides = {}});
    for (const auto& setting : loaded.effective)
        BOOST_TEST(setting.origin.starts_with(file.string() + ":"), setting.key + " is missing");

    Settings expected;
    expected.database.path = file.parent_path() / expected.database.path;
    expected.secrets.key_file = file.parent_path() / expected.secrets.key_file;
    BOOST_TEST((loaded.settings == expected));
}

BOOST_AUTO_TEST_CASE(of_a_change_a_running_daemon_takes_over_what_can_change) {
    const Settings running;
    auto wanted = running;
    wanted.server.threads = 5;
    wanted.server.idle_timeout = 7s;
    wanted.database.path = "elsewhere.db";
    wanted.log.level = LogLevel::error;
    wanted.delivery.deny_networks = {"192.0.2.0/24"};
    const auto change = change_of(running, wanted);
    BOOST_TEST(change.changed ==
                   (std::vector<std::string>{"server.idle_timeout", "log.level", "delivery.deny_networks"}),
               boost::test_tools::per_element());
    BOOST_TEST(change.needs_restart == (std::vector<std::string>{"server.threads", "database.path"}),
               boost::test_tools::per_element());
    wanted.server.threads = running.server.threads;
    wanted.database.path = running.database.path;
    BOOST_TEST((change.settings == wanted));
    const auto none = change_of(running, running);
    BOOST_TEST((none.settings == running && none.changed.empty() && none.needs_restart.empty()));
}

BOOST_AUTO_TEST_CASE(the_ends_of_a_range_are_allowed) {
    BOOST_TEST(load_override("server.port=65535").settings.server.port == 65'535);
    BOOST_TEST(load_override("server.threads=1").settings.server.threads == 1U);
    BOOST_TEST(load_override("server.threads=64").settings.server.threads == 64U);
    BOOST_TEST((load_override("server.idle_timeout=1ms").settings.server.idle_timeout == 1ms));
    BOOST_TEST((load_override("server.idle_timeout=1h").settings.server.idle_timeout == 1h));
    BOOST_TEST(load_override("server.max_body=1").settings.server.max_body == 1U);
    BOOST_TEST(load_override("server.max_body=64MiB").settings.server.max_body == 67'108'864U);
}

BOOST_AUTO_TEST_SUITE_END()
