// GET /docs: the page is whole, and its headers let a browser run nothing but what is in it. That it shows
// the document is seen in a real browser, by scripts/check-clients.

#include "storage/values/encoding.hpp"
#include "storage/values/sha256.hpp"
#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace gateway::test {

namespace {

/// What stands in the page's only element of this name.
std::string content_of(const std::string& page, const std::string& element) {
    const auto tag = "<" + element + ">";
    const auto begin = page.find(tag);
    const auto end = page.find("</" + element + ">");
    BOOST_TEST_REQUIRE(begin < end);
    BOOST_TEST(page.find("<" + element, begin + 1) == std::string::npos);
    return page.substr(begin + tag.size(), end - begin - tag.size());
}

/// One directive of a Content-Security-Policy, without its name; empty where it has none.
std::string directive(const std::string& policy, const std::string& name) {
    const auto text = "; " + policy + ";";
    const auto begin = text.find("; " + name + " ");
    if (begin == std::string::npos) return {};
    const auto value = begin + name.size() + 3;
    return text.substr(value, text.find(';', value) - value);
}

std::string hash_of(const std::string& content) {
    return "'sha256-" + base64_encode(sha256(content)) + "'";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(documentation_page_test, TestApi)

BOOST_AUTO_TEST_CASE(the_page_is_for_anybody_and_loads_nothing_from_another_host) {
    const auto page = client.request("GET", "/docs");
    BOOST_TEST(page.status == 200);
    BOOST_TEST(page.header("Content-Type") == "text/html; charset=utf-8");
    BOOST_TEST(page.text.starts_with("<!DOCTYPE html>"));
    for (const std::string_view loaded : {"://", "src=", "@import", "url("})
        BOOST_TEST(page.text.find(loaded) == std::string::npos, loaded);
}

BOOST_AUTO_TEST_CASE(only_the_style_and_the_script_of_the_page_are_run) {
    const auto page = client.request("GET", "/docs");
    const auto policy = page.header("Content-Security-Policy");
    BOOST_TEST(directive(policy, "default-src") == "'none'");
    BOOST_TEST(directive(policy, "style-src") == hash_of(content_of(page.text, "style")));
    BOOST_TEST(directive(policy, "script-src") == hash_of(content_of(page.text, "script")));
    BOOST_TEST(directive(policy, "connect-src") == "'self'");
    for (const auto* const name : {"base-uri", "form-action", "frame-ancestors", "trusted-types"})
        BOOST_TEST(directive(policy, name) == "'none'", name);
    BOOST_TEST(directive(policy, "require-trusted-types-for") == "'script'");
    BOOST_TEST(policy.find("unsafe") == std::string::npos);
    BOOST_TEST(page.header("X-Content-Type-Options") == "nosniff");
    BOOST_TEST(page.header("Referrer-Policy") == "no-referrer");
}

BOOST_AUTO_TEST_CASE(page_and_document_may_be_kept_and_are_not_sent_again_to_who_has_them) {
    for (const auto* const path : {"/docs", "/openapi.json"}) {
        const auto answer = client.request("GET", path);
        BOOST_TEST(answer.header("Cache-Control") == "public, max-age=300");
        const auto again = client.request("GET", path, {{}, {}, {{"If-None-Match", answer.header("ETag")}}});
        BOOST_TEST(again.status == 304);
        BOOST_TEST(again.text == "");
        BOOST_TEST(again.header("ETag") == answer.header("ETag"));
        BOOST_TEST(again.header("Content-Security-Policy") == answer.header("Content-Security-Policy"));
    }
}

BOOST_AUTO_TEST_CASE(head_tells_of_the_page_without_sending_it) {
    const auto page = client.request("GET", "/docs");
    const auto head = client.request("HEAD", "/docs");
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.text == "");
    for (const auto* const name : {"Content-Length", "Content-Type", "Content-Security-Policy", "ETag"})
        BOOST_TEST(head.header(name) == page.header(name), name);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_no_page_has_no_headers_of_one) {
    const auto refused = client.request("POST", "/docs");
    BOOST_TEST(refused.status == 405);
    BOOST_TEST(refused.header("Content-Security-Policy") == "");
    BOOST_TEST(client.request("GET", "/openapi.json").header("Content-Security-Policy") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
