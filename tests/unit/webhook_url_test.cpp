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
          "https://xn--bcher-kva.example/", "https://example.com/@team",
          "https://example.com/?mail=a@b.example"})
        BOOST_TEST(complaint(url).empty(), url << ": " << complaint(url));
}

BOOST_AUTO_TEST_CASE(http_is_accepted_where_it_is_allowed) {
    BOOST_TEST(complaint("http://example.com/", true) == "");
    BOOST_TEST(complaint("HTTP://example.com/", true) == "");
    BOOST_TEST(complaint("https://example.com/", true) == "");
    BOOST_TEST(complaint("http://example.com/") == "url: found the scheme \"http\", expected https.");
    BOOST_TEST(complaint("ftp://example.com/", true) ==
               "url: found the scheme \"ftp\", expected https.");
    BOOST_TEST(complaint("nothing", true) ==
               "url: found \"nothing\", expected an absolute https URL as RFC 3986 writes it.");
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_absolute_url_is_refused) {
    for (const auto* const url :
         {"", "https", "example.com", "/hooks", "//example.com/hooks", "https://exa mple.com",
          "https://example.com/ ", "https://example.com/\n", "https://b\u00fccher.example",
          "https://example.com/%zz", "https://example.com/<x>", "https://example.com\\x", "https://[::1",
          "https://[fe80::1%25eth0]/"}) {
        const auto message = complaint(url);
        BOOST_TEST(message.ends_with(not_a_url), url << ": " << message);
    }
    BOOST_TEST(complaint(std::string_view("https://example.com/\0", 21)).ends_with(not_a_url));
    BOOST_TEST(complaint("https://example.com/\x01") ==
               "url: found \"https://example.com/\\x01\"" + std::string(not_a_url));
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
