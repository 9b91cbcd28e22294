#include "server/delivery/outcome.hpp"

#include "server/text/quote.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/tables/webhooks.hpp"

#include <algorithm>

namespace gateway::delivery {

namespace {

using storage::Health;
using storage::Transaction;

constexpr std::size_t most_of_response = 4096;
constexpr unsigned ok = 200;
constexpr unsigned gone = 410;
constexpr unsigned too_many_requests = 429;
constexpr unsigned service_unavailable = 503;
constexpr std::string_view delivered = "delivered";

bool counts_as_success(const unsigned status, const DeliverySettings& settings) {
    return settings.success == SuccessStatus::any_2xx ? status / 100 == 2 : status == ok;
}

bool is_delivered(const Outcome& outcome) {
    return outcome.attempt.outcome == delivered;
}

void write_success(Transaction& transaction, const Outcome& outcome, const DeliverySettings& settings,
                   Health& health) {
    for (const auto event : outcome.attempt.events)
        storage::mark_delivered(transaction, event, outcome.attempt.webhook);
    if (health.batch_events) {
        const auto doubled = *health.batch_events * 2;
        health.batch_events =
            std::cmp_less(doubled, settings.batch_events) ? std::optional(doubled) : std::nullopt;
    }
    health.failures = 0;
    health.failing_since.reset();
    health.not_before.reset();
}

void write_failure(Transaction& transaction, const Outcome& outcome, const DeliverySettings& settings,
                   Aftermath& aftermath) {
    Health& health = aftermath.target->health;
    const auto& attempt = outcome.attempt;
    const auto now = transaction.now();
    const Backoff backoff{settings.first_retry, settings.longest_retry};
    const auto asked = asked_delay(outcome.retry_after, now, settings.longest_retry, outcome.chance);
    const bool alone = attempt.events.size() == 1 && !outcome.is_digestible;

    for (const auto event : attempt.events) {
        const auto standing = storage::find_standing(transaction, event, attempt.webhook);
        if (!standing) continue;
        const auto delay = asked.value_or(retry_delay(backoff, standing->attempts + 1, outcome.chance));
        std::optional<Timestamp> next = now + delay;
        // Nothing would come of it: an event whose time is over by then is expired now.
        if (*next >= standing->expires_at.value_or(standing->created_at + settings.expire_after))
            next.reset();
        storage::mark_failed(transaction, event, attempt.webhook, next, attempt.outcome, alone);
        ++(next ? aftermath.put_off : aftermath.expired);
        if (next) aftermath.next = std::min(aftermath.next.value_or(*next), *next);
    }

    if (!outcome.is_digestible)
        health.batch_events = std::max(1, static_cast<int>(attempt.events.size()) / 2);
    if (health.failures++ == 0) health.failing_since = attempt.started_at;
    // The first failure may be the events' fault, and others go on meanwhile; after the second nobody does.
    health.not_before.reset();
    if (asked || health.failures > 1)
        health.not_before = now + asked.value_or(retry_delay(backoff, health.failures - 1, outcome.chance));
}

std::string reason_to_deactivate(const Outcome& outcome, const DeliverySettings& settings,
                                 const Health& health, const Timestamp now) {
    if (outcome.attempt.http_code == gone) return "gone";
    const bool is_on = settings.disable_after.count() > 0;
    if (is_on && health.failing_since && now - *health.failing_since >= settings.disable_after)
        return "failing";
    return {};
}

}  // namespace

Outcome judge(storage::Attempt attempt, const outgoing::OutgoingResult<outgoing::OutgoingResponse>& answer,
              const DeliverySettings& settings, const double chance) {
    Outcome outcome{.attempt = std::move(attempt), .retry_after = {}, .chance = chance, .detail = {}};
    if (answer.has_error()) {
        outcome.attempt.outcome = to_string(answer.error().failure);
        outcome.is_digestible =
            answer.error().failure != outgoing::OutgoingFailure::timeout || !answer.error().was_sent;
        outcome.detail = answer.error().detail;
        return outcome;
    }
    outcome.attempt.http_code = static_cast<int>(answer->status);
    if (counts_as_success(answer->status, settings)) {
        outcome.attempt.outcome = delivered;
        return outcome;
    }
    outcome.attempt.outcome = to_string(outgoing::OutgoingFailure::http_status);
    outcome.attempt.response = printable(std::string_view(answer->body).substr(0, most_of_response));
    outcome.retry_after = answer->retry_after.value_or("");
    outcome.is_digestible = answer->status == too_many_requests || answer->status == service_unavailable;
    outcome.detail = "the receiver answered " + std::to_string(answer->status);
    return outcome;
}

Aftermath write_outcome(Transaction& transaction, const Outcome& outcome, const DeliverySettings& settings) {
    Aftermath aftermath{.target = storage::find_target(transaction, outcome.attempt.webhook),
                        .next = {},
                        .deactivated_because = {}};
    if (!aftermath.target) return aftermath;
    auto& target = *aftermath.target;
    if (is_delivered(outcome)) {
        write_success(transaction, outcome, settings, target.health);
    } else {
        write_failure(transaction, outcome, settings, aftermath);
    }
    storage::insert_attempt(transaction, outcome.attempt);
    storage::set_health(transaction, target.number, target.health, outcome.attempt.http_code.value_or(0),
                        outcome.attempt.started_at);

    if (!target.active || is_delivered(outcome)) return aftermath;
    aftermath.deactivated_because = reason_to_deactivate(outcome, settings, target.health, transaction.now());
    if (aftermath.deactivated_because.empty()) return aftermath;
    auto webhook = storage::find_webhook(transaction, target.id);
    storage::deactivate_webhook(transaction, *webhook);
    storage::note_deactivation(transaction, target.number, aftermath.deactivated_because);
    target.active = false;
    return aftermath;
}

}  // namespace gateway::delivery
