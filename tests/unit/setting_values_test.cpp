#include "server/settings/kinds.hpp"
#include "server/settings/values.hpp"
#include "server/text/edit_distance.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

using namespace gateway;
using namespace gateway::setting;
using namespace std::chrono_literals;

namespace {

std::optional<std::string> letters(const std::string& text) {
    const bool accepted = !text.empty() && text.find_first_not_of("abc") == std::string::npos;
    return accepted ? std::optional(text) : std::nullopt;
}

Written plain(std::string text) {
    return {PlainText{std::move(text)}, {}};
}

template <class T>
std::string found_in(const Reading<T>& reading) {
    const auto* const refusal = std::get_if<Refusal>(&reading);
    return refusal != nullptr ? refusal->found : "no refusal";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(setting_values_test)

BOOST_AUTO_TEST_CASE(durations_are_read_with_their_unit) {
    BOOST_TEST((parse_duration("0s") == 0ms));
    BOOST_TEST((parse_duration("500ms") == 500ms));
    BOOST_TEST((parse_duration("10s") == 10s));
    BOOST_TEST((parse_duration("2m") == 2min));
    BOOST_TEST((parse_duration("1h") == 1h));
    BOOST_TEST((parse_duration("90d") == std::chrono::days(90)));
    BOOST_TEST((parse_duration("9223372036854775807ms") == std::chrono::milliseconds::max()));
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_is_not_read) {
    for (const auto* const text : {"", "10", "s", "-1s", "+1s", "10 s", " 10s", "10s ", "10 parsecs", "1e3s",
                                   "1.5h", "0x10s", "10S", "1h30m", "9999999999999999h",
                                   "9223372036854775808ms", "106751991168d", "99999999999999999999999ms"})
        BOOST_TEST(!parse_duration(text), text);
}

BOOST_AUTO_TEST_CASE(durations_are_written_in_the_largest_unit_without_rest) {
    const std::map<std::string, std::chrono::milliseconds> expected{
        {"0ms", 0ms}, {"1500ms", 1500ms}, {"90s", 90s}, {"2m", 120s}, {"36h", 36h}, {"90d", 90 * 24h}};
    for (const auto& [text, duration] : expected) {
        BOOST_TEST(format_duration(duration) == text);
        BOOST_TEST((parse_duration(text) == duration), text);
    }
}

BOOST_AUTO_TEST_CASE(sizes_are_read_with_or_without_unit) {
    BOOST_TEST((parse_size("512") == 512U));
    BOOST_TEST((parse_size("512B") == 512U));
    BOOST_TEST((parse_size("64KiB") == 65'536U));
    BOOST_TEST((parse_size("1MiB") == 1'048'576U));
    BOOST_TEST((parse_size("1GiB") == 1'073'741'824U));
}

BOOST_AUTO_TEST_CASE(what_is_no_size_is_not_read) {
    for (const auto* const text : {"", "KiB", "-1", "-1B", "64KB", "64kib", "64 KiB", "1e3", "0x10", "1.5MiB",
                                   "9223372036854775808", "8589934592GiB"})
        BOOST_TEST(!parse_size(text), text);
}

BOOST_AUTO_TEST_CASE(sizes_are_written_in_the_largest_unit_without_rest) {
    const std::map<std::string, std::uint64_t> expected{
        {"0B", 0}, {"1000B", 1000}, {"64KiB", 65'536}, {"1MiB", 1'048'576}, {"3GiB", 3'221'225'472}};
    for (const auto& [text, size] : expected) {
        BOOST_TEST(format_size(size) == text);
        BOOST_TEST((parse_size(text) == size), text);
    }
}

BOOST_AUTO_TEST_CASE(integers_are_plain_decimal_digits) {
    BOOST_TEST((parse_integer("4096") == 4096));
    BOOST_TEST((parse_integer("-1") == -1));
    for (const auto* const text :
         {"", "-", "+1", " 1", "1 ", "1e3", "0x10", "1_000", "1.0", "9223372036854775808"})
        BOOST_TEST(!parse_integer(text), text);
}

BOOST_AUTO_TEST_CASE(texts_of_unknown_origin_are_cut_and_made_printable) {
    BOOST_TEST(excerpt("plain") == "plain");
    BOOST_TEST(excerpt("a\nb\x1b[2J\xff") == "a\\x0ab\\x1b[2J\\xff");
    BOOST_TEST(excerpt(std::string(64, 'x')) == std::string(64, 'x'));
    BOOST_TEST(excerpt(std::string(65, 'x')) == std::string(64, 'x') + "...");
}

BOOST_AUTO_TEST_CASE(strings_are_written_as_toml_has_them) {
    BOOST_TEST(toml_string("") == "\"\"");
    BOOST_TEST(toml_string("a\nb") == "\"a\\u000ab\"");
    BOOST_TEST(toml_string("/a\"b\\c") == "\"/a\\\"b\\\\c\"");
}

BOOST_AUTO_TEST_CASE(words_are_as_far_apart_as_typing_them_right_takes_steps) {
    BOOST_TEST(edit_distance("", "") == 0U);
    BOOST_TEST(edit_distance("", "port") == 4U);
    BOOST_TEST(edit_distance("port", "") == 4U);
    BOOST_TEST(edit_distance("port", "port") == 0U);
    BOOST_TEST(edit_distance("prot", "port") == 1U);
    BOOST_TEST(edit_distance("pport", "port") == 1U);
    BOOST_TEST(edit_distance("bort", "port") == 1U);
    BOOST_TEST(edit_distance("kitten", "sitting") == 3U);
}

// ---- kinds that no setting uses by itself ----

BOOST_AUTO_TEST_CASE(a_list_is_an_array_of_strings_or_separated_by_commas) {
    const TextList list{"a list of letters", letters};
    using Texts = std::vector<std::string>;
    BOOST_TEST((list.read({Texts{"a", "b"}, {}}) == Reading<Texts>(Texts{"a", "b"})));
    BOOST_TEST((list.read(plain(" a,\tbc ")) == Reading<Texts>(Texts{"a", "bc"})));
    BOOST_TEST((list.read(plain("")) == Reading<Texts>(Texts{})));
    BOOST_TEST(TextList::write({"a", "b"}) == "[\"a\", \"b\"]");
}

BOOST_AUTO_TEST_CASE(a_refused_list_shows_the_text_that_does_not_suit) {
    const TextList list{"a list of letters", letters};
    BOOST_TEST(found_in(list.read(plain("a,x,b"))) == "\"x\"");
    BOOST_TEST(found_in(list.read(plain("a,"))) == "\"\"");
    BOOST_TEST(found_in(list.read({std::vector<std::string>{"a", "b\n"}, {}})) == "\"b\\x0a\"");
    BOOST_TEST(found_in(list.read({std::int64_t{7}, {}})) == "7");
}

BOOST_AUTO_TEST_CASE(an_empty_path_means_none_where_that_is_allowed) {
    const Path optional{Path::Empty::means_none};
    BOOST_TEST((optional.read({std::string(), "folder"}) == Reading<std::filesystem::path>("")));
    BOOST_TEST((optional.read({std::string("ca.pem"), "folder"}) ==
                Reading<std::filesystem::path>("folder/ca.pem")));
}

BOOST_AUTO_TEST_SUITE_END()
