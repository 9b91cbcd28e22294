#include "server/delivery/standard_webhooks.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace gateway::delivery {

namespace {

/// The 24 bytes 0, 1, 2, …
std::string some_secret() {
    std::string bytes(24, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>(i);
    return bytes;
}

constexpr std::chrono::sys_seconds noon{std::chrono::seconds{1742040000}};

}  // namespace

BOOST_AUTO_TEST_SUITE(standard_webhooks_test)

BOOST_AUTO_TEST_CASE(a_secret_is_written_as_libraries_take_it) {
    BOOST_TEST(secret_text(some_secret()) == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
}

BOOST_AUTO_TEST_CASE(a_signature_is_the_one_that_openssl_computes) {
    // printf 'msg_1.1742040000.{}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102… -binary | base64
    BOOST_TEST(standard_signature({{some_secret()}}, "msg_1", noon, "{}") ==
               "v1,o/Qd6ZLlcnGaNBK9VkyKo7wzYdOscWbU/yCsh/t57dg=");
}

BOOST_AUTO_TEST_CASE(two_secrets_sign_one_behind_the_other) {
    const auto other = std::string(24, 'x');
    const auto both = standard_signature({{some_secret(), other}}, "msg_1", noon, "{}");
    BOOST_TEST(both == standard_signature({{some_secret()}}, "msg_1", noon, "{}") + " " +
                           standard_signature({{other}}, "msg_1", noon, "{}"));
}

BOOST_AUTO_TEST_CASE(an_id_follows_from_the_webhook_and_its_events_in_their_order) {
    const auto id = message_id("web_1", std::vector<std::string>{"evt_1", "evt_2"});
    BOOST_TEST(id.size() == 36U);
    BOOST_TEST(id.starts_with("msg_"));
    BOOST_TEST(id.find('.') == std::string::npos);
    BOOST_TEST(id == message_id("web_1", std::vector<std::string>{"evt_1", "evt_2"}));
    BOOST_TEST(id != message_id("web_1", std::vector<std::string>{"evt_2", "evt_1"}));
    BOOST_TEST(id != message_id("web_1", std::vector<std::string>{"evt_1"}));
    BOOST_TEST(id != message_id("web_1", std::vector<std::string>{"evt_1evt_2"}));
    BOOST_TEST(id != message_id("web_2", std::vector<std::string>{"evt_1", "evt_2"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::delivery
