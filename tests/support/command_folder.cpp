#include "tests/support/command_folder.hpp"

#include "storage/command_database.hpp"
#include "storage/secrets/secrets.hpp"
#include "storage/tables/webhooks.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>

namespace gateway::test {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string joined(const Arguments& arguments) {
    std::string text;
    for (const auto& argument : arguments)
        text += argument + ' ';
    return text;
}

bool holds(const std::string_view text, const std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string only_line(const std::string& text) {
    BOOST_TEST_REQUIRE(text.find('\n') == text.size() - 1, "not one line: " << text);
    return text.substr(0, text.size() - 1);
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void CommandFolder::write(const std::string& name, const std::string& text) const {
    std::ofstream(path() / name, std::ios::binary) << text;
}

Outcome CommandFolder::run(const Arguments& arguments, const std::string& input,
                           const Environment& environment) const {
    return run_program(
        {.arguments = arguments, .folder = path(), .environment = environment, .input = input});
}

std::string CommandFolder::succeed(const Arguments& arguments, const std::string& input) const {
    const auto outcome = run(arguments, input);
    BOOST_TEST_REQUIRE(outcome.status == 0, joined(arguments)
                                                << "ended with " << outcome.status << ": " << outcome.err);
    BOOST_TEST(outcome.err == "", joined(arguments) << "complained: " << outcome.err);
    return outcome.out;
}

std::string CommandFolder::fail(const Arguments& arguments, const std::string& input,
                                const Environment& environment) const {
    const auto outcome = run(arguments, input, environment);
    BOOST_TEST_REQUIRE(outcome.status == 1, joined(arguments)
                                                << "ended with " << outcome.status << ": " << outcome.err);
    BOOST_TEST(outcome.out == "", joined(arguments) << "printed: " << outcome.out);
    return only_line(outcome.err);
}

std::string CommandFolder::misuse(const Arguments& arguments) const {
    const auto outcome = run(arguments);
    BOOST_TEST_REQUIRE(outcome.status == 2, joined(arguments)
                                                << "ended with " << outcome.status << ": " << outcome.err);
    BOOST_TEST(outcome.out == "", joined(arguments) << "printed: " << outcome.out);
    return outcome.err;
}

json::value MigratedFolder::print_json(Arguments arguments) const {
    arguments.emplace_back("--json");
    return json::parse(only_line(succeed(arguments)));
}

json::object MigratedFolder::only_item(const Arguments& arguments) const {
    const auto list = print_json(arguments).as_array();
    BOOST_TEST_REQUIRE(list.size() == 1U);
    return list.front().as_object();
}

std::string MigratedFolder::database_bytes() const {
    return content_of(database()) + content_of(database().string() + "-wal");
}

Arguments AppFolder::webhook_with(const Arguments& more) {
    Arguments arguments{"webhook", "create", "--app", "54e9ujn"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

std::string AppFolder::unsealed_token(const std::string& webhook_id) const {
    storage::Secrets secrets(key_file(), system_random);
    storage::CommandDatabase commands(database(), system_now);
    return commands.read([&](storage::Snapshot& snapshot) {
        const auto sealed = storage::sealed_token(snapshot, webhook_id);
        return secrets.open(snapshot, sealed, webhook_id).value();
    });
}

}  // namespace gateway::test
