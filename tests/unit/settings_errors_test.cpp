#include "server/settings/settings.hpp"
#include "tests/unit/settings_support.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

using namespace gateway;

namespace {

template <class Load>
std::string error_of(const Load& load) {
    try {
        load();
    } catch (const SettingsError& error) {
        return error.what();
    }
    return "no error";
}

// The message for a file with this content, without the folder in front.
std::string file_error(std::string_view content) {
    const SettingsFolder folder;
    const auto message = error_of([&] { return folder.load(content); });
    const auto prefix = folder.path().string() + "/";
    BOOST_TEST(message.starts_with(prefix), message);
    return message.substr(std::min(prefix.size(), message.size()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(settings_errors_test)

BOOST_AUTO_TEST_CASE(a_wrong_value_is_refused_with_its_place_what_was_found_and_what_is_allowed) {
    struct Case {
        std::string content;
        std::string message;
    };

    const std::string addresses = "an IPv4 or IPv6 address of one machine";
    const std::string limits = "a duration from \"1ms\" to \"1h\"";
    const std::vector<Case> cases{
        {"[server]\nport = 65536\n",
         "test.toml:2:8: server.port: found 65536, allowed is an integer from 0 to 65535"},
        {"[server]\nport = -1\n",
         "test.toml:2:8: server.port: found -1, allowed is an integer from 0 to 65535"},
        {"[server]\nport = \"80\"\n",
         "test.toml:2:8: server.port: found \"80\", allowed is an integer from 0 to 65535"},
        {"server.threads = 0", "test.toml:1:18: server.threads: found 0, allowed is an integer from 1 to 64"},
        {"server.threads = 65",
         "test.toml:1:18: server.threads: found 65, allowed is an integer from 1 to 64"},
        {"server.threads = 2.5",
         "test.toml:1:18: server.threads: found 2.5, allowed is an integer from 1 to 64"},
        {"server.threads = true",
         "test.toml:1:18: server.threads: found true, allowed is an integer from 1 to 64"},
        {"server.threads = [1]",
         "test.toml:1:18: server.threads: found [ 1 ], allowed is an integer from 1 to 64"},
        {"server.threads = [0.25, [true, {a = 1}], 2024-01-02]",
         "test.toml:1:18: server.threads: found [ 0.25, [ true, { ... } ], 2024-01-02 ], allowed is an "
         "integer "
         "from 1 to 64"},
        {"server.threads = [\"1\"]",
         "test.toml:1:18: server.threads: found [\"1\"], allowed is an integer from 1 to 64"},
        {"server.threads = 2024-01-02",
         "test.toml:1:18: server.threads: found 2024-01-02, allowed is an integer from 1 to 64"},
        {"[server.threads]\n",
         "test.toml:1:1: server.threads: found an empty section, allowed is an integer from 1 to 64"},
        {"[[server.threads]]\n",
         "test.toml:1:1: server.threads: found a list of tables, allowed is an integer from 1 to 64"},
        {"server.idle_timeout = 10", "test.toml:1:23: server.idle_timeout: found 10, allowed is " + limits},
        {"server.idle_timeout = \"10 parsecs\"",
         "test.toml:1:23: server.idle_timeout: found \"10 parsecs\", allowed is " + limits},
        {"server.idle_timeout = \"0ms\"",
         "test.toml:1:23: server.idle_timeout: found \"0ms\", allowed is " + limits},
        {"server.idle_timeout = \"3600001ms\"",
         "test.toml:1:23: server.idle_timeout: found \"3600001ms\", allowed is " + limits},
        {"server.max_body = \"65MiB\"",
         "test.toml:1:19: server.max_body: found \"65MiB\", allowed is a size from \"1B\" to \"64MiB\""},
        {"server.max_body = 0",
         "test.toml:1:19: server.max_body: found 0, allowed is a size from \"1B\" to \"64MiB\""},
        {"server.max_body = -1",
         "test.toml:1:19: server.max_body: found -1, allowed is a size from \"1B\" to \"64MiB\""},
        {"server.address = \"localhost\"",
         "test.toml:1:18: server.address: found \"localhost\", allowed is " + addresses},
        {"server.address = \"::1\\u0000x\"",
         "test.toml:1:18: server.address: found \"::1\\x00x\", allowed is " + addresses},
        {"server.address = \"224.0.0.1\"",
         "test.toml:1:18: server.address: found \"224.0.0.1\", allowed is " + addresses},
        {"server.address = \"ff02::1\"",
         "test.toml:1:18: server.address: found \"ff02::1\", allowed is " + addresses},
        {"server.address = \"255.255.255.255\"",
         "test.toml:1:18: server.address: found \"255.255.255.255\", allowed is " + addresses},
        {"server.address = \"[127.0.0.1]\"",
         "test.toml:1:18: server.address: found \"[127.0.0.1]\", allowed is " + addresses},
        {"delivery.allow_networks = [\"10.1.0.0/16 \"]",
         "test.toml:1:27: delivery.allow_networks: found \"10.1.0.0/16 \", allowed is a list of networks "
         "like "
         "\"10.1.0.0/16\" or \"10.1.2.3\""},
        {"database.path = \"\"", "test.toml:1:17: database.path: found \"\", allowed is the path of a file"},
        {"database.path = \"a\\nb\"",
         "test.toml:1:17: database.path: found \"a\\x0ab\", allowed is the path of a file"},
        {"database.synchronous = \"off\"",
         "test.toml:1:24: database.synchronous: found \"off\", allowed is \"full\" or \"normal\""},
        {"log.format = \"xml\"",
         "test.toml:1:14: log.format: found \"xml\", allowed is \"auto\", \"text\" or \"json\""},
        {"webhooks.allow_http = \"true\"",
         "test.toml:1:23: webhooks.allow_http: found \"true\", allowed is true or false"},
        {"webhooks.allow_http = 1", "test.toml:1:23: webhooks.allow_http: found 1, allowed is true or false"},
        {"server = 5", "test.toml:1:10: server: found 5, allowed is a section of settings, [server]"},
    };
    for (const auto& [content, message] : cases)
        BOOST_TEST(file_error(content) == message);
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_refused_with_the_nearest_known_one) {
    const auto did_you_mean = [](std::string_view content) {
        const auto message = file_error(content);
        BOOST_TEST(message.find(": unknown setting; did you mean ") != std::string::npos, message);
        return message.substr(message.rfind(' ') + 1);
    };
    BOOST_TEST(file_error("[server]\n\n  prot = 9000\n") ==
               "test.toml:3:3: server.prot: unknown setting; did you mean server.port?");
    BOOST_TEST(did_you_mean("port = 9000") == "server.port?");
    BOOST_TEST(did_you_mean("[sevrer]\nport = 9000") == "server.port?");
    BOOST_TEST(did_you_mean("[database]\nwrite_que = 1") == "database.write_queue?");
    BOOST_TEST(did_you_mean("[log]\nkey_file = 1") == "secrets.key_file?");
    BOOST_TEST(did_you_mean("[webhook]\nallow_http = true") == "webhooks.allow_http?");
    BOOST_TEST(did_you_mean("[server.port]\nx = 1") == "server.port?");
    BOOST_TEST(did_you_mean("[server.tls]") == "server.port?");
    BOOST_TEST(did_you_mean("\"server.port\" = 1") == "server.port?");
    BOOST_TEST(did_you_mean("\"\" = 1").starts_with("server."));
}

BOOST_AUTO_TEST_CASE(keys_nested_without_end_are_refused_like_any_unknown_one) {
    std::string nested;
    for (int level = 0; level < 10'000; ++level)
        nested += "a.";
    BOOST_TEST(file_error(nested + "a = 1").find("a.a.a.a: unknown setting; did you mean ") !=
               std::string::npos);
    BOOST_TEST(file_error("[" + nested + "a]").find("a.a.a.a: unknown setting; did you mean ") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_first_mistake_of_the_file_is_named) {
    BOOST_TEST(
        file_error("[webhooks]\nallow_http = 1\n[database]\nreaders = 0\n").starts_with("test.toml:2:14:"));
}

BOOST_AUTO_TEST_CASE(values_and_keys_are_cut_and_printable_in_messages) {
    const std::string many(1000, 'x');
    BOOST_TEST(file_error("log.level = \"" + many + "\"").find(many.substr(0, 65)) == std::string::npos);
    BOOST_TEST(file_error(many + " = 1").find(many.substr(0, 65)) == std::string::npos);
    BOOST_TEST(file_error("log.level = \"\\u001b[2J\"").find("found \"\\x1b[2J\"") != std::string::npos);
    BOOST_TEST(file_error("log.level = [[1, {a = \"\\n\\n\"}], [2]]").find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_not_toml_is_refused_in_one_line_with_its_place) {
    for (const auto* const content : {"[server]\nport 9000\n", "[server\n", "\nport = \n", "a = 1\na = 2\n",
                                      "a = \"x", "[server]\n[server]\n", "port = 10 parsecs", "\xff\xfe",
                                      "a = 1e", "\x01", "[$server]\n", "[[=a]]", "port = 10\u00e9"}) {
        const auto message = file_error(content);
        BOOST_TEST(message.find(": not valid TOML: ") != std::string::npos, message);
        BOOST_TEST(message.find('\n') == std::string::npos, message);
        BOOST_TEST(message.size() < 300U, message);
    }
    BOOST_TEST(file_error("[server]\nport 9000\n").starts_with("test.toml:2:6: not valid TOML: "));
    BOOST_TEST(file_error("a = " + std::string(60'000, '[')).find(": not valid TOML: ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_named_with_the_reason) {
    const SettingsFolder folder;
    const auto error = [](const std::filesystem::path& file) {
        return error_of([&] { return load_settings({.file = file, .environment = {}, .overrides = {}}); });
    };
    BOOST_TEST(error(folder.path() / "none.toml") ==
               (folder.path() / "none.toml").string() + ": cannot be read: No such file or directory");
    BOOST_TEST(error(folder.path()) == folder.path().string() + ": cannot be read: Is a directory");
    BOOST_TEST(error("/dev/zero") == "/dev/zero: larger than 64KiB");
}

BOOST_AUTO_TEST_CASE(the_environment_is_refused_with_the_name_of_the_variable) {
    const auto error = [](const char* name, const char* value) {
        return error_of([&] { return load_environment(name, value); });
    };
    BOOST_TEST(error("SESSION_GATEWAY_SERVER_PORT", "http") ==
               "environment SESSION_GATEWAY_SERVER_PORT: server.port: found \"http\", allowed is an integer "
               "from 0 to "
               "65535");
    BOOST_TEST(error("SESSION_GATEWAY_SERVER_PROT", "1") ==
               "environment: SESSION_GATEWAY_SERVER_PROT: unknown variable; did you mean "
               "SESSION_GATEWAY_SERVER_PORT?");
    BOOST_TEST(error("SESSION_GATEWAY_PORT", "1").ends_with("did you mean SESSION_GATEWAY_SERVER_PORT?"));
    BOOST_TEST(error("SESSION_GATEWAY_", "1").find("did you mean ") != std::string::npos);
    for (const auto* const value : {"", "0x10", "1e3", "10 ", "99999999999999999999", "1.0", "true"})
        BOOST_TEST(error("SESSION_GATEWAY_SERVER_THREADS", value).find("found \"") != std::string::npos,
                   value);
    for (const auto* const value : {"", "1", "yes", "True"})
        BOOST_TEST(error("SESSION_GATEWAY_WEBHOOKS_ALLOW_HTTP", value).find("found \"") != std::string::npos,
                   value);
    for (const auto* const value : {"", "10", "-1s", "9999999999999999h"})
        BOOST_TEST(error("SESSION_GATEWAY_SERVER_IDLE_TIMEOUT", value).find("found \"") != std::string::npos,
                   value);
}

BOOST_AUTO_TEST_CASE(the_command_line_is_refused_with_what_was_given) {
    const auto error = [](const char* text) { return error_of([&] { return load_override(text); }); };
    BOOST_TEST(error("server.port=x") ==
               "--set: server.port: found \"x\", allowed is an integer from 0 to 65535");
    BOOST_TEST(error("server.prot=1") == "--set: server.prot: unknown setting; did you mean server.port?");
    BOOST_TEST(error("server.port") == "--set: found \"server.port\", allowed is KEY=VALUE");
    BOOST_TEST(error("server=1").find("--set: server: unknown setting; did you mean ") != std::string::npos);
    BOOST_TEST(error("=1").find("did you mean ") != std::string::npos);
    BOOST_TEST(error("server.address=a=b").find("found \"a=b\"") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
