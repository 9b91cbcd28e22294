#include "server/command/table.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <sstream>
#include <string>
#include <vector>

namespace gateway::command {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 3> columns{"id", "name", "created_at"};

std::string list(const OutputFormat format, const std::vector<Row>& rows) {
    std::ostringstream out;
    print_list(out, format, columns, rows);
    return out.str();
}

std::string one(const OutputFormat format, const Row& row) {
    std::ostringstream out;
    print_one(out, format, row);
    return out.str();
}

Row row(const std::string& id, const std::string& name) {
    return {{"id", id}, {"name", name}, {"created_at", nullptr}, {"hidden", true}};
}

/// What a table makes of one value.
std::string cell(const json::value& value) {
    const auto text = one(OutputFormat::text, {{"a", value}});
    BOOST_TEST_REQUIRE(text.starts_with("A  "));
    BOOST_TEST_REQUIRE(text.ends_with('\n'));
    return text.substr(3, text.size() - 4);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(table_test)

BOOST_AUTO_TEST_CASE(columns_are_aligned_under_readable_headings) {
    BOOST_TEST(list(OutputFormat::text, {row("54e9ujn", "Shop"), row("a", "A longer name")}) ==
               "ID       NAME           CREATED AT\n"
               "54e9ujn  Shop           -\n"
               "a        A longer name  -\n");
}

BOOST_AUTO_TEST_CASE(an_empty_list_is_the_heading_alone) {
    BOOST_TEST(list(OutputFormat::text, {}) == "ID  NAME  CREATED AT\n");
    BOOST_TEST(list(OutputFormat::json, {}) == "[]\n");
}

BOOST_AUTO_TEST_CASE(no_line_ends_in_blanks) {
    BOOST_TEST(one(OutputFormat::text, {{"id", "x"}, {"long_key", "y"}}) ==
               "ID        x\n"
               "LONG KEY  y\n");
    BOOST_TEST(list(OutputFormat::text, {row("x", "y")}).find(" \n") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(values_are_written_for_people) {
    BOOST_TEST(cell("text") == "text");
    BOOST_TEST(cell("") == "-");
    BOOST_TEST(cell(nullptr) == "-");
    BOOST_TEST(cell(true) == "yes");
    BOOST_TEST(cell(false) == "no");
    BOOST_TEST(cell(200) == "200");
    BOOST_TEST(cell(json::array({"user.created", "user.deleted"})) == "user.created, user.deleted");
    BOOST_TEST(cell(json::array()) == "-");
}

BOOST_AUTO_TEST_CASE(characters_of_several_bytes_take_one_place) {
    BOOST_TEST(list(OutputFormat::text, {row("1", "\xc3\xa9\xe2\x82\xac"), row("2", "ab")}) ==
               "ID  NAME  CREATED AT\n"
               "1   \xc3\xa9\xe2\x82\xac    -\n"
               "2   ab    -\n");
}

BOOST_AUTO_TEST_CASE(what_could_steer_a_terminal_is_escaped) {
    BOOST_TEST(cell("a\nb") == "a\\x0ab");
    BOOST_TEST(cell("\x1b[31m") == "\\x1b[31m");
    BOOST_TEST(cell("\x7f") == "\\x7f");
    BOOST_TEST(cell("\xc2\x9b"
                    "2J") == "\\xc2\\x9b2J");
    BOOST_TEST(cell("\xff\xc3") == "\\xff\\xc3");
    BOOST_TEST(cell(json::string("a\0b", 3)) == "a\\x00b");
    BOOST_TEST(cell(json::array({"a\nb"})) == "a\\x0ab");
    BOOST_TEST(list(OutputFormat::text, {row("1", "\n"), row("2", "abcde")}) ==
               "ID  NAME   CREATED AT\n"
               "1   \\x0a   -\n"
               "2   abcde  -\n");
}

BOOST_AUTO_TEST_CASE(json_is_one_text_with_all_fields) {
    const auto text = list(OutputFormat::json, {row("1", "a\n\"b\""), row("2", "")});
    BOOST_TEST(text.find('\n') == text.size() - 1);
    BOOST_CHECK(json::parse(text) ==
                json::parse(R"([{"id": "1", "name": "a\n\"b\"", "created_at": null, "hidden": true},
                                {"id": "2", "name": "", "created_at": null, "hidden": true}])"));
    BOOST_CHECK(json::parse(list(OutputFormat::json, {row("1", "x")})).is_array());
    BOOST_TEST(one(OutputFormat::json, row("1", "x")) ==
               "{\"id\":\"1\",\"name\":\"x\",\"created_at\":null,\"hidden\":true}\n");
}

BOOST_AUTO_TEST_CASE(json_that_is_at_hand_is_printed_as_it_is_written) {
    Row row{{"id", "1"}};
    row.add_json("free", R"({"amount":12345678901234567890.10})");
    BOOST_TEST(one(OutputFormat::json, row) == R"({"id":"1","free":{"amount":12345678901234567890.10}})"
                                               "\n");
    BOOST_TEST(one(OutputFormat::text, row) ==
               "ID    1\n"
               R"(FREE  {"amount":12345678901234567890.10})"
               "\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::command
