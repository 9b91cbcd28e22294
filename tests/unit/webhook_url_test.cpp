#include "server/api/webhook_url.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace gateway::api {

namespace {

/// Empty where the URL is accepted.
std::string complaint(const std::string_view url, const bool allow_http = false) {
    auto checked = check_webhook_url(url);
    if (checked.has_value()) checked = check_webhook_scheme(url, allow_http);
    if (checked.has_value()) return {};
    BOOST_CHECK(checked.error().code == ErrorCode::invalid_request);
    return checked.error().message;
}

/// An https URL of that many characters.
std::string url_of_length(const std::size_t length) {
    const std::string start = "https://example.com/";
    return start + std::string(length - start.size(), 'a');
}

struct BadUrl {
    std::string_view url;
    std::string_view message;
};

constexpr std::string_view not_a_url = ", expected an absolute https URL as RFC 3986 writes it.";
constexpr std::string_view wrong_port = "url: found a wrong port in ";

}  // namespace

BOOST_AUTO_TEST_SUITE(webhook_url_test)

BOOST_AUTO_TEST_CASE(good_urls_are_accepted) {
    for (const auto* const url :
         {"https://example.com", "https://example.com/", "HTTPS://Example.COM/hooks",
          "https://example.com?a=b", "https://example.com:1/",
          "https://example.com:8443/hooks/in?token=a%20b&x=%C3%A9", "https://example.com:65535",
          "https://192.0.2.1/", "https://[2001:db8::1]:8443/", "https://localhost/",
          "https://xn--bcher-kva.example/", "https://example.com./", "https://a_b.example/",
          "https://192.0.2.1.example:8443/x", "https://1.2.3.4x/?a:b", "https://example.com/@team",
          "https://example.com/?mail=a@b.example"})
        BOOST_TEST(complaint(url).empty(), url << ": " << complaint(url));
}

BOOST_AUTO_TEST_CASE(http_is_accepted_where_it_is_allowed) {
    BOOST_TEST(complaint("http://example.com/", true) == "");
    BOOST_TEST(complaint("HTTP://example.com/", true) == "");
    BOOST_TEST(complaint("https://example.com/", true) == "");
    BOOST_TEST(complaint("http://example.com/") == "url: found the scheme \"http\", expected https.");
    BOOST_TEST(complaint("ftp://example.com/", true) == "url: found the scheme \"ftp\", expected https.");
    BOOST_TEST(complaint("nothing", true) ==
               "url: found \"nothing\", expected an absolute https URL as RFC 3986 writes it.");
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_absolute_url_is_refused) {
    for (const auto* const url : {"", "https", "example.com", "/hooks", "//example.com/hooks",
                                  "https://example.com/%zz", "https://[::1", "https://[fe80::1%25eth0]/",
                                  "https://\u00fc@example.com/", "f\u00fcr example.com"}) {
        const auto message = complaint(url);
        BOOST_TEST(message.ends_with(not_a_url), url << ": " << message);
    }
}

BOOST_AUTO_TEST_CASE(a_character_that_no_url_holds_is_named) {
    const std::vector<BadUrl> bad{
        {"https://example.com/?q=a|b", R"(url: found "|", expected %7C in its place.)"},
        {"https://example.com/ ", R"(url: found " ", expected %20 in its place.)"},
        {"https://example.com/<x>", R"(url: found "<", expected %3C in its place.)"},
        {"https://example.com/\\x", R"(url: found "\", expected %5C in its place.)"},
        {"https://example.com/\u00fc", "url: found \"\u00fc\", expected %C3%BC in its place."},
        {"https://example.com/\n", R"(url: found "\x0a", expected printable characters alone.)"},
        {std::string_view("https://example.com/\0", 21),
         R"(url: found "\x00", expected printable characters alone.)"},
        {"https://example.com/\xff", R"(url: found "\xff", expected printable characters alone.)"},
    };
    for (const auto& [url, message] : bad)
        BOOST_TEST(complaint(url) == message, url << ": " << complaint(url));
}

BOOST_AUTO_TEST_CASE(a_host_that_can_never_be_called_is_refused) {
    const std::string alone = "letters, digits, \"-\", \"_\" and \".\" alone.";
    const std::string long_label(64, 'a');
    std::string long_name = "a";
    while (long_name.size() < 253)
        long_name += ".a";
    BOOST_TEST(complaint("https://" + long_name + "/") == "");
    BOOST_TEST(complaint("https://" + long_name + "./") == "");
    long_name += "a";
    const std::string too_long = "at most 253 characters in a name and 63 between two dots.";
    const std::string dots = "something before every dot.";
    const std::string number =
        "a name that does not end in a number, or four numbers from 0 to 255 without zeros before them.";

    struct BadHost {
        std::string host;
        std::string found;
        std::string expected;
    };

    const std::vector<BadHost> bad{
        {"a..b", "the host \"a..b\"", dots},
        {".a", "the host \".a\"", dots},
        {"a..", "the host \"a..\"", dots},
        {".", "the host \".\"", dots},
        {long_label, "the host \"" + long_label + "\"", too_long},
        {long_name, "the host \"" + long_name.substr(0, 64) + "\u2026\"", too_long},
        {"*.x", "\"*\" in the host \"*.x\"", alone},
        {"a,b", "\",\" in the host \"a,b\"", alone},
        {"a~b", "\"~\" in the host \"a~b\"", alone},
        {"exa mple.com", "\" \" in the host \"exa mple.com\"", alone},
        {"example.com\\x", "\"\\\" in the host \"example.com\\x\"", alone},
        {"%00", "the host \"%00\"", alone},
        {"ex%61mple.com", "the host \"ex%61mple.com\"", alone},
        {"256.1.1.1", "the host \"256.1.1.1\"", number},
        {"1.2.3", "the host \"1.2.3\"", number},
        {"0x7f.1", "the host \"0x7f.1\"", number},
        {"2130706433", "the host \"2130706433\"", number},
        {"127.0.0.1.", "the host \"127.0.0.1.\"", number},
        {"[v1.a]", "the host \"[v1.a]\"", "an IPv6 address between \"[\" and \"]\"."},
        {"[::ffff:10.0.0.1]", "the host \"[::ffff:10.0.0.1]\"", "the IPv4 address as it is, 10.0.0.1."},
        {"b\u00fccher.example", "\"\u00fc\" in the host \"b\u00fccher.example\"",
         "it as xn--bcher-kva.example."},
        {"B\u00dcCHER.example", "\"\u00dc\" in the host \"B\u00dcCHER.example\"",
         "it as xn--bcher-kva.example."},
        {"b\u00fc\rcher.example", "\"\u00fc\" in the host \"b\u00fc\\x0dcher.example\"", alone},
        {"\u2192.example", "\"\u2192\" in the host \"\u2192.example\"", alone},
        {"\xff.example", "\"\\xff\" in the host \"\\xff.example\"", alone},
    };
    for (const auto& [host, found, expected] : bad) {
        const auto message = complaint("https://" + host + ":8443/x");
        BOOST_TEST(message == "url: found " + found + ", expected " + expected, host << ": " << message);
    }
}

BOOST_AUTO_TEST_CASE(bad_urls_are_refused_each_with_its_reason) {
    const std::vector<BadUrl> bad{
        {"mailto:someone", "url: found the scheme \"mailto\", expected https."},
        {"javascript://example.com", "url: found the scheme \"javascript\", expected https."},
        {"httpss://example.com", "url: found the scheme \"httpss\", expected https."},
        {"https:", "url: found no host in \"https:\", expected one, as in https://example.com/."},
        {"https:/x", "url: found no host in \"https:/x\", expected one, as in https://example.com/."},
        {"https://", "url: found no host in \"https://\", expected one, as in https://example.com/."},
        {"https:///x", "url: found no host in \"https:///x\", expected one, as in https://example.com/."},
        {"https://:80/x",
         "url: found no host in \"https://:80/x\", expected one, as in https://example.com/."},
        {"https://user@example.com", "url: found user-info before the host, expected none."},
        {"https://user:secret@example.com", "url: found user-info before the host, expected none."},
        {"https://@example.com", "url: found user-info before the host, expected none."},
        {"https://example.com/#", "url: found a fragment (\"#\" and what follows), expected none."},
        {"https://example.com#top", "url: found a fragment (\"#\" and what follows), expected none."},
    };
    for (const auto& [url, message] : bad)
        BOOST_TEST(complaint(url) == message, url << ": " << complaint(url));
}

BOOST_AUTO_TEST_CASE(a_port_is_a_number_from_1_to_65535) {
    for (const auto* const url :
         {"https://h:0", "https://h:/x", "https://h:", "https://h:65536/", "https://h:99999999999999999999/",
          "https://h:x", "https://h:8x", "https://h:80x/y", "https://h:-1/"}) {
        const auto message = complaint(url);
        BOOST_TEST(message == std::string(wrong_port) + '"' + url + "\", expected a number from 1 to 65535.",
                   message);
    }
}

BOOST_AUTO_TEST_CASE(a_url_has_at_most_2048_characters) {
    BOOST_TEST(complaint(url_of_length(2'048)) == "");
    BOOST_TEST(complaint(url_of_length(2'049)) ==
               "url: found 2049 bytes, expected at most 2,048 characters.");
    BOOST_TEST(complaint(std::string(5'000'000, 'a')).starts_with("url: found 5000000 bytes"));
}

BOOST_AUTO_TEST_CASE(a_message_repeats_no_secret) {
    const std::vector<std::string> urls{
        "http://example.com/?key=s3cret",
        "https://example.com:0/?key=s3cret",
        "https:///?key=s3cret",
        "https://example.com/?key=s3cret|",
        "https://example.com/#s3cret",
        "https://user:s3cret@example.com",
        "https://user:s3cret@exa mple.com",
        "https://user:s3cret?x@example.com",
        "https://user:s3cret/x@example.com:0",
        "https://user:0/s3cret@example.com/",
        "https//user:s3cret@example.com",
        "user:s3cret@example.com",
        "https://s3cret@",
        "https://example.com/ ?key=s3cret@",
    };
    for (const auto& url : urls) {
        const auto message = complaint(url);
        BOOST_TEST(!message.empty(), url);
        BOOST_TEST(message.find("s3cret") == std::string::npos, url << ": " << message);
    }
}

BOOST_AUTO_TEST_CASE(a_message_says_that_it_leaves_something_out) {
    BOOST_TEST(complaint("https://example.com:0/?key=s3cret") ==
               "url: found a wrong port in \"https://example.com:0/\" (the rest is not shown), expected a "
               "number from "
               "1 to 65535.");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
