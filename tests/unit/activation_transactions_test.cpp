// The two transactions of an activation, without the challenge between them.

#include "server/api/activation.hpp"
#include "storage/tables/activations.hpp"
#include "tests/unit/service_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace gateway::api {

namespace {

using outgoing::OutgoingError;
using outgoing::OutgoingFailure;
using outgoing::OutgoingResult;
using storage::Mode;
using storage::Transaction;

struct Activations : test::ServiceFixture {
    Result<Activation> begin(const std::string& id, const std::string& of_app = app) {
        return write([&](Transaction& transaction) {
            return begin_activation(transaction, {of_app, id}, services);
        });
    }

    ActivationEnd end(const Activation& activation, const OutgoingResult<void>& challenge = {}) {
        return write([&](Transaction& transaction) {
            return end_activation(transaction, activation, challenge, services);
        });
    }

    void remove(const std::string& id) {
        write([&](Transaction& transaction) {
            storage::delete_webhook(transaction, id);
            return true;
        });
    }

    /// Begins the activation of a new webhook, which is deleted at once.
    Result<Activation> begin_and_delete(const std::string& at, const std::string& of_app = app) {
        const auto id = create(at, of_app).value().webhook.id;
        auto begun = begin(id, of_app);
        remove(id);
        return begun;
    }

    std::string outcomes() {
        return read([](storage::Snapshot& snapshot) {
            auto row = snapshot.query("SELECT group_concat(outcome, ' ') FROM webhook_activations");
            row.step();
            return std::string(row.text(0));
        });
    }

    std::int64_t rows() {
        return read([](storage::Snapshot& snapshot) {
            auto row = snapshot.query("SELECT count(*) FROM webhook_activations");
            row.step();
            return row.integer(0);
        });
    }

    void set_url(const std::string& id, const std::string& to) {
        write([&](Transaction& transaction) {
            auto webhook = storage::find_webhook(transaction, id).value();
            webhook.url = to;
            storage::update_webhook(transaction, webhook);
            return true;
        });
    }
};

void check_refused(const ApiError& error, const std::string& reason) {
    BOOST_TEST(to_string(error.code) == "webhook_activation_failed");
    BOOST_TEST(error.message == "The webhook was not activated: " + reason);
}

const std::string plain_http = "url: found the scheme \"http\", expected https.";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(activation_transactions_test, Activations)

BOOST_AUTO_TEST_CASE(a_challenge_that_succeeded_makes_its_webhook_active) {
    const auto id = created();
    const auto begun = begin(id).value();
    BOOST_TEST(outcomes() == "running");
    BOOST_TEST(end(begun).webhook.value().active);
    BOOST_TEST(find(id)->active);
    BOOST_TEST(outcomes() == "succeeded");
    BOOST_TEST(!begin(id).value().challenge.has_value());  // it has nothing more to prove
}

BOOST_AUTO_TEST_CASE(the_number_comes_from_the_source_of_randomness) {
    services.random = [](const std::span<std::uint8_t> bytes) { std::ranges::fill(bytes, 2); };
    BOOST_TEST(begin(created()).value().challenge->number == 0x0202'0202U);
}

BOOST_AUTO_TEST_CASE(a_failed_challenge_is_told_by_its_step) {
    const auto id = created();
    check_refused(end(begin(id).value(), OutgoingError{OutgoingFailure::dns, "secret"}).refusal, "dns.");
    BOOST_TEST(!find(id)->active);
    BOOST_TEST(outcomes() == "dns");
}

BOOST_AUTO_TEST_CASE(plain_http_is_not_challenged_where_the_app_may_not_have_it) {
    set_mode(Mode::dev);
    const auto id = created(http_url);
    set_mode(Mode::prod);
    check_refused(begin(id).error(), plain_http);
    BOOST_TEST(rows() == 0);
    services.webhooks.allow_http = true;
    BOOST_TEST(begin(id).has_value());
}

BOOST_AUTO_TEST_CASE(plain_http_does_not_become_active_where_the_app_may_not_have_it_any_more) {
    set_mode(Mode::dev);
    const auto id = created(http_url);
    const auto begun = begin(id).value();
    set_mode(Mode::prod);
    check_refused(end(begun).refusal, plain_http);
    BOOST_TEST(!find(id)->active);
    BOOST_TEST(outcomes() == "url");

    services.webhooks.allow_http = true;
    const auto allowed = begin(id).value();
    services.webhooks.allow_http = false;
    check_refused(end(allowed).refusal, plain_http);
    BOOST_TEST(!find(id)->active);
}

BOOST_AUTO_TEST_CASE(a_url_that_was_made_garbage_is_refused_and_nothing_runs) {
    const auto id = created();
    set_url(id, "garbage");
    check_refused(begin(id).error(),
                  "url: found \"garbage\", expected an absolute https URL as RFC 3986 writes it.");
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(a_webhook_that_was_deleted_meanwhile_is_not_found_and_its_activation_ends) {
    const auto id = created();
    const auto begun = begin(id).value();
    remove(id);
    BOOST_TEST(to_string(end(begun).refusal.code) == "webhook_not_found");
    BOOST_TEST(outcomes() == "abandoned");
}

BOOST_AUTO_TEST_CASE(one_that_runs_is_told_with_the_time_at_which_it_has_ended) {
    const auto id = created();
    const auto begun = begin(id).value();
    clock.advance(std::chrono::milliseconds(1'500));
    const auto refused = begin(id).error();
    BOOST_TEST(to_string(refused.code) == "rate_limited");
    BOOST_TEST(refused.retry_after.count() ==
               14);  // 15 s from its begin: the time of a challenge and some more
    clock.advance(std::chrono::milliseconds(13'500));
    BOOST_TEST(begin(id).has_value());

    write([&](Transaction& transaction) {
        abandon_activation(transaction, begun);
        return true;
    });
    BOOST_TEST(outcomes() == "abandoned running");
}

BOOST_AUTO_TEST_CASE(one_that_runs_for_minutes_is_not_forgotten) {
    services.activation.timeout = std::chrono::minutes(5);
    const auto id = created();
    BOOST_TEST(begin(id).has_value());
    clock.advance(std::chrono::minutes(4));
    BOOST_TEST(begin(created()).has_value());
    BOOST_TEST(begin(id).has_error());
    clock.advance(std::chrono::seconds(65));
    BOOST_TEST(begin(id).has_value());
}

BOOST_AUTO_TEST_CASE(an_app_has_ten_times_the_limit_of_a_webhook_deleted_ones_included) {
    services.activation.per_minute = 2;
    for (int i = 0; i < 20; ++i) {
        BOOST_TEST(begin_and_delete("https://shop" + std::to_string(i) + ".example/").has_value());
        clock.advance(std::chrono::seconds(1));
    }
    const auto refused = begin_and_delete("https://another.example/").error();
    BOOST_TEST(to_string(refused.code) == "rate_limited");
    BOOST_TEST(refused.message ==
               "The webhooks of this application were challenged 20 times within a minute.");
    BOOST_TEST(refused.retry_after.count() == 40);
    BOOST_TEST(begin_and_delete("https://another.example/", other_app).has_value());

    clock.advance(std::chrono::seconds(40));
    BOOST_TEST(begin_and_delete("https://another.example/").has_value());
    BOOST_TEST(begin_and_delete("https://another.example/").has_error());
    clock.advance(std::chrono::minutes(2));
    BOOST_TEST(begin_and_delete("https://another.example/").has_value());
    BOOST_TEST(rows() == 1);  // what does not count any more is gone
}

BOOST_AUTO_TEST_CASE(a_host_has_ten_times_the_limit_however_it_is_written) {
    services.activation.per_minute = 1;
    const std::vector<std::string> spellings{"https://shop.example/a", "https://SHOP.example:8443/?b",
                                             "https://shop.Example./"};
    for (std::size_t i = 0; i < 10; ++i) {
        const auto& url = spellings[i % spellings.size()];
        BOOST_TEST(begin_and_delete(url, i % 2 == 0 ? app : other_app).has_value());
    }
    for (const auto& url : spellings) {
        BOOST_TEST(begin_and_delete(url).error().message ==
                   "The host shop.example was challenged 10 times within a minute.");
    }
    BOOST_TEST(begin_and_delete("https://other.example/").has_value());
}

BOOST_AUTO_TEST_CASE(an_app_may_have_a_quarter_of_the_slots_and_at_least_one) {
    ActivationSlots slots(8);
    const ActivationSlots::Slot first(slots, "a");
    const ActivationSlots::Slot second(slots, "a");
    BOOST_TEST((first.taken() && second.taken()));
    {
        const ActivationSlots::Slot third(slots, "a");
        BOOST_TEST(!third.taken());
    }
    for (const std::string other : {"b", "c", "d"}) {
        const ActivationSlots::Slot one(slots, other);
        BOOST_TEST(one.taken());
    }
    ActivationSlots few(2);
    const ActivationSlots::Slot of_a(few, "a");
    const ActivationSlots::Slot of_b(few, "b");
    const ActivationSlots::Slot of_c(few, "c");
    BOOST_TEST((of_a.taken() && of_b.taken() && !of_c.taken()));
}

BOOST_AUTO_TEST_CASE(a_slot_that_was_given_back_is_free) {
    ActivationSlots slots(1);
    for (int i = 0; i < 3; ++i) {
        const ActivationSlots::Slot slot(slots, "a");
        BOOST_TEST(slot.taken());
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
