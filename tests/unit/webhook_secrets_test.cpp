// The secrets of webhooks: made when first needed, rotated with an overlap, remembered.

#include "server/delivery/webhook_secrets.hpp"

#include "server/delivery/cannot_sign.hpp"
#include "tests/support/signing_fixture.hpp"

#include <SQLiteCpp/Exception.h>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace gateway::delivery {

namespace {

using namespace std::chrono_literals;
using storage::Transaction;

struct Fixture : test::SigningFixture {
    SecretParts parts{secrets, ids, random};
    SigningSecrets forgetful{db.database(), parts, 0ms, &log};

    std::vector<std::string> signing(const std::string& id = webhook) {
        return db.run(forgetful.secrets_of(id)).bytes;
    }

    std::string get() {
        return db.write(
            [&](Transaction& transaction) { return webhook_secret(transaction, webhook, parts); });
    }

    std::string rotate(const std::chrono::milliseconds overlap = 24h) {
        return db.write([&](Transaction& transaction) {
            return rotate_webhook_secret(transaction, webhook, overlap, parts);
        });
    }

    std::string refusal(const std::string& id = webhook) {
        try {
            signing(id);
        } catch (const CannotSign& error) {
            return error.what();
        }
        return "none";
    }

    [[nodiscard]] std::string count() const { return ask("SELECT count(*) FROM webhook_secrets"); }
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(webhook_secrets_test, Fixture)

BOOST_AUTO_TEST_CASE(a_secret_is_made_when_it_is_first_needed_and_stays) {
    BOOST_TEST(count() == "0");
    const auto first = signing();
    BOOST_TEST_REQUIRE(first.size() == 1U);
    BOOST_TEST(first[0].size() == 24U);
    BOOST_TEST(signing() == first);
    BOOST_TEST(get() == first[0]);
    BOOST_TEST(
        ask("SELECT webhook_id, created_at, signs_until, length(secret_sealed) FROM webhook_secrets") ==
        "web_1|2025-03-15T12:00:00.000Z|NULL|53");
}

BOOST_AUTO_TEST_CASE(whoever_reads_it_first_makes_it) {
    const auto secret = get();
    BOOST_TEST(get() == secret);
    BOOST_TEST(signing() == std::vector{secret});
}

BOOST_AUTO_TEST_CASE(callers_that_need_it_at_once_make_one) {
    std::vector<std::future<WebhookSecrets>> asked;
    for (int i = 0; i < 10; ++i)
        asked.push_back(db.start(forgetful.secrets_of(webhook)));
    const auto secret = signing();
    for (auto& one : asked)
        BOOST_TEST(one.get().bytes == secret);
    BOOST_TEST(count() == "1");
}

BOOST_AUTO_TEST_CASE(a_former_secret_signs_along_for_the_overlap) {
    const auto first = get();
    const auto second = rotate();
    BOOST_TEST(second != first);
    BOOST_TEST(get() == second);
    BOOST_TEST(signing() == (std::vector{second, first}));
    db.clock.advance(24h - 1ms);
    BOOST_TEST(signing() == (std::vector{second, first}));
    db.clock.advance(1ms);
    BOOST_TEST(signing() == std::vector{second});
}

BOOST_AUTO_TEST_CASE(there_are_two_secrets_at_most) {
    get();
    const auto second = rotate();
    const auto third = rotate();
    BOOST_TEST(signing() == (std::vector{third, second}));
    BOOST_TEST(count() == "2");
}

BOOST_AUTO_TEST_CASE(without_an_overlap_a_secret_ends_at_once) {
    get();
    const auto second = rotate(0ms);
    BOOST_TEST(signing() == std::vector{second});
}

BOOST_AUTO_TEST_CASE(a_webhooks_secrets_go_with_it) {
    get();
    rotate();
    db.write([](Transaction& transaction) { return storage::delete_webhook(transaction, webhook); });
    BOOST_TEST(count() == "0");
    BOOST_TEST(refusal() == "there is no webhook web_1");
}

BOOST_AUTO_TEST_CASE(what_was_read_is_remembered_until_somebody_says_that_it_changed) {
    SigningSecrets remembering(db.database(), parts, 1h);
    const auto first = db.run(remembering.secrets_of(webhook)).bytes;
    const auto second = rotate();
    BOOST_TEST(db.run(remembering.secrets_of(webhook)).bytes == first);
    remembering.forget(webhook);
    BOOST_TEST(db.run(remembering.secrets_of(webhook)).bytes == (std::vector{second, first[0]}));
}

BOOST_AUTO_TEST_CASE(what_was_read_before_a_change_is_not_remembered_behind_it) {
    Recent<int> recent(10, 1h);
    const auto before = recent.age();
    recent.forget("web_1");
    recent.remember("web_1", 1, before);
    BOOST_TEST(!recent.find("web_1").has_value());
    recent.remember("web_1", 2, recent.age());
    BOOST_TEST(recent.find("web_1").value() == 2);
}

BOOST_AUTO_TEST_CASE(a_bounded_number_is_remembered) {
    Recent<int> recent(2, 1h);
    for (const auto* const id : {"a", "b", "b", "c"})
        recent.remember(id, 1, 0);
    BOOST_TEST(!recent.find("a").has_value());
    BOOST_TEST(recent.find("c").has_value());
}

BOOST_AUTO_TEST_CASE(a_secret_that_does_not_open_is_told_and_can_be_replaced) {
    get();
    spoil("webhook_secrets", "secret_sealed");
    BOOST_CHECK_THROW(get(), CannotSign);
    BOOST_TEST(holds(refusal(), "of webhook web_1 does not open"));
    BOOST_TEST(holds(refusal(), "rotateWebhookSecret makes a new one"));
    BOOST_TEST(lines_with("a webhook's secret cannot be used") == 1);
    const auto second = rotate();
    BOOST_TEST(signing() == std::vector{second});
    BOOST_TEST(get() == second);
}

BOOST_AUTO_TEST_CASE(a_row_that_the_program_cannot_use_is_refused_where_it_is_written) {
    get();
    for (const std::string column :
         {"created_at = 'now'", "signs_until = 'soon'", "secret_sealed = NULL", "secret_sealed = 'text'"})
        BOOST_CHECK_THROW(ask("UPDATE webhook_secrets SET " + column), SQLite::Exception);
    BOOST_CHECK_THROW(ask("INSERT INTO webhook_secrets (id, webhook_id, created_at, secret_sealed)"
                          " SELECT 'x', webhook_id, created_at, secret_sealed FROM webhook_secrets"),
                      SQLite::Exception);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::delivery
