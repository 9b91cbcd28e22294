// The dispatcher's way out: a batch, its signature, the request, what came of it.
#include "server/delivery/cannot_sign.hpp"
#include "server/delivery/dispatcher.hpp"
#include "server/delivery/standard_webhooks.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

namespace gateway::delivery {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_body_bytes = std::size_t{32} * 1024 * 1024;
// Until a key can be had, or the database read again.
constexpr std::chrono::seconds signing_pause{5};
// Webhooks of an app that are looked at for the same batch.
constexpr std::size_t most_compared = 1'000;

constexpr std::string_view body_start = R"({"app_id":")";
constexpr std::string_view body_middle = R"(","events":[)";
constexpr std::string_view body_end = "]}";

std::string body_of(const std::string& app_id, const std::vector<std::shared_ptr<const Item>>& items,
                    const std::size_t bytes) {
    std::string body;
    body.reserve(bytes);
    body.append(body_start).append(app_id).append(body_middle);
    for (const auto& item : items) {
        if (item != items.front()) body += ',';
        body += item->text;
    }
    return body += body_end;
}

}  // namespace

bool Dispatcher::has_room() const {
    return in_flight_ < parts_.settings.in_flight && body_bytes_ < most_body_bytes;
}

bool Dispatcher::may_send(const ReadyLine::App& app) const {
    // So much is free for the others.
    return app.in_flight == 0 || (app.in_flight < parts_.settings.in_flight - in_flight_ &&
                                  app.body_bytes < most_body_bytes - body_bytes_);
}

void Dispatcher::pump() {
    // What fails at once comes back here: not deeper with each.
    if (std::exchange(pumping_, true)) return;
    // One more body than there are signers, so that none waits for the next.
    while (!stopping_ && has_room() && signing_ <= parts_.signers.count() && turn_readings_ < most_readings) {
        Receiver* const next = line_.take([this](const ReadyLine::App& app) { return may_send(app); });
        if (!next) break;
        if (next->queue.empty()) {
            asio::co_spawn(parts_.context, read_in_turn(*next), asio::detached);
        } else {
            depart(*next);
        }
    }
    pumping_ = false;
}

std::size_t Dispatcher::batch_size(const Receiver& receiver) const {
    const auto limit = receiver.target->health.batch_events;
    const auto most = std::min(parts_.settings.batch_events,
                               limit ? static_cast<std::size_t>(*limit) : parts_.settings.batch_events);
    std::size_t bytes = body_start.size() + receiver.app_id.size() + body_middle.size() + body_end.size();
    std::size_t count = 0;
    for (const auto& queued : receiver.queue) {
        bytes += queued.item->text.size() + 1;
        if (count > 0 && (count == most || queued.alone || bytes > parts_.settings.batch_bytes)) break;
        ++count;
        if (queued.alone) break;
    }
    return count;
}

void Dispatcher::depart(Receiver& receiver) {
    const auto flight = std::make_shared<Flight>();
    flight->app_id = receiver.app_id;
    flight->bytes = body_start.size() + receiver.app_id.size() + body_middle.size() + body_end.size();
    const auto size = batch_size(receiver);
    const std::vector<Queued> batch(receiver.queue.begin(),
                                    receiver.queue.begin() + static_cast<std::ptrdiff_t>(size));
    for (const auto& queued : batch) {
        flight->items.push_back(queued.item);
        flight->bytes += queued.item->text.size() + 1;
    }
    ++signing_;
    join(*flight, receiver);

    const auto same_event = [](const Queued& left, const Queued& right) {
        return left.item->number == right.item->number && left.alone == right.alone;
    };
    auto& line = line_.app(flight->app_id).ready;
    const std::vector<Receiver*> others(
        line.begin(), line.begin() + static_cast<std::ptrdiff_t>(std::min(line.size(), most_compared)));
    for (Receiver* const other : others) {
        if (!has_room() || !may_send(line_.app(flight->app_id))) break;
        const auto& queue = other->queue;
        if (queue.size() < size || queue.front().item->number != batch.front().item->number) continue;
        if (batch_size(*other) != size || !std::equal(batch.begin(), batch.end(), queue.begin(), same_event))
            continue;
        line_.remove(*other);
        join(*flight, *other);
    }
    asio::co_spawn(parts_.context, sign(flight), asio::detached);
}

void Dispatcher::join(Flight& flight, Receiver& receiver) {
    receiver.in_turn = false;
    flight.legs.push_back({receiver, receiver.changes});
    for (std::size_t i = 0; i < flight.items.size(); ++i) {
        queued_bytes_ -= receiver.queue.front().item->text.size();
        receiver.queue.pop_front();
    }
    ++receiver.in_flight;
    ++in_flight_;
    body_bytes_ += flight.bytes;
    auto& app = line_.app(flight.app_id);
    ++app.in_flight;
    app.body_bytes += flight.bytes;
    if (const auto rate = parts_.settings.requests_per_second; rate > 0)
        receiver.rate_not_before = parts_.steady() + std::chrono::nanoseconds(1'000'000'000 / rate);
    consider(receiver);
}

asio::awaitable<void> Dispatcher::sign(const FlightPtr flight) {
    std::exception_ptr fault;
    try {
        flight->body = body_of(flight->app_id, flight->items, flight->bytes);
        flight->key = co_await parts_.keys.key_of(flight->app_id);
        // Events gather where more waits than can be signed: others' work goes first then.
        const auto urgency = flight->items.size() == 1 ? Urgency::at_once : Urgency::patient;
        flight->signature = co_await parts_.signers.sign(flight->key, flight->body, urgency);
    } catch (...) {
        fault = std::current_exception();
    }
    --signing_;
    if (fault) log_fault("a delivery cannot be signed", fault);
    for (const auto& leg : flight->legs) {
        if (fault) {
            give_back(*flight, leg.receiver, signing_pause);
        } else {
            asio::co_spawn(parts_.context, send(flight, leg), asio::detached);
        }
    }
    pump();
}

asio::awaitable<void> Dispatcher::send(const FlightPtr flight, const Flight::Leg leg) {
    const auto is_called_off = [this, &leg] {
        return stopping_ || leg.changes != leg.receiver.changes || !leg.receiver.target->active;
    };
    if (is_called_off()) {
        give_back(*flight, leg.receiver, {});
        co_return;
    }
    const auto webhook_id = leg.receiver.target->id;
    outgoing::OutgoingRequest request{.verb = outgoing::http::verb::post,
                                      .url = leg.receiver.target->url,
                                      .headers = {{"Content-Type", "application/json"},
                                                  {"X-Webhook-Signature", flight->signature},
                                                  {"X-Webhook-Signature-Key-Id", flight->key->id()}},
                                      .body = flight->body,
                                      .tenant = flight->app_id};
    storage::Attempt attempt{.id = parts_.ids.next("att"),
                             .webhook = leg.receiver.number,
                             .started_at = parts_.clock(),
                             .duration = {},
                             .events = {},
                             .http_code = {},
                             .outcome = {},
                             .response = {}};
    std::vector<std::string> event_ids;
    for (const auto& item : flight->items) {
        attempt.events.push_back(item->number);
        event_ids.push_back(item->id);
    }
    std::exception_ptr fault;
    try {
        const auto secrets = co_await parts_.secrets.secrets_of(webhook_id);
        const auto id = message_id(webhook_id, event_ids);
        const auto time = std::chrono::floor<std::chrono::seconds>(attempt.started_at);
        request.headers.emplace_back("webhook-id", id);
        request.headers.emplace_back("webhook-timestamp", std::to_string(time.time_since_epoch().count()));
        request.headers.emplace_back("webhook-signature",
                                     standard_signature(secrets, id, time, flight->body));
    } catch (const CannotSign&) {
        // The other signature holds all the same. Whoever relies on this one refuses the request.
    } catch (...) {
        fault = std::current_exception();
    }
    if (fault) {
        log_fault("a delivery cannot be signed", fault);
        give_back(*flight, leg.receiver, signing_pause);
        co_return;
    }
    if (is_called_off()) {
        give_back(*flight, leg.receiver, {});
        co_return;
    }
    end_waiting(leg.receiver);
    const auto begin = std::chrono::steady_clock::now();
    outgoing::OutgoingResult<outgoing::OutgoingResponse> answer = outgoing::OutgoingError{};
    try {
        answer = co_await parts_.client.send(std::move(request), begin + parts_.settings.timeout);
    } catch (const std::exception& error) {
        answer = outgoing::OutgoingError{outgoing::OutgoingFailure::protocol, error.what()};
    }
    const auto duration = std::chrono::steady_clock::now() - begin;
    attempt.duration = std::chrono::round<std::chrono::milliseconds>(duration);
    if (answer.has_error() && answer.error().failure == outgoing::OutgoingFailure::cancelled) {
        give_back(*flight, leg.receiver, {});
        co_return;
    }
    const auto outcome =
        std::make_shared<const Outcome>(judge(std::move(attempt), answer, parts_.settings, chance()));
    log_outcome(*flight, webhook_id, *outcome);
    parts_.metrics.attempt_ended(outcome->attempt.outcome, flight->items.size(), duration, flight->app_id);
    // What happens to the webhook from here on is not in what the outcome's transaction sees.
    const Flight::Leg landing{leg.receiver, leg.receiver.changes};
    outcomes_.add(*outcome, [this, flight, landing, outcome](std::optional<Aftermath> aftermath) {
        note(*flight, landing, *outcome, std::move(aftermath));
    });
}

void Dispatcher::give_back(const Flight& flight, Receiver& receiver, const std::chrono::milliseconds pause) {
    clear_queue(receiver);
    if (pause.count() > 0) receiver.pause_until = parts_.steady() + pause;
    end_leg(flight, receiver);
}

void Dispatcher::end_leg(const Flight& flight, Receiver& receiver) {
    --receiver.in_flight;
    --in_flight_;
    body_bytes_ -= flight.bytes;
    auto& app = line_.app(flight.app_id);
    --app.in_flight;
    app.body_bytes -= flight.bytes;
    consider(receiver);
    pump();
    line_.tidy(flight.app_id);
}

void Dispatcher::note(const Flight& flight, const Flight::Leg leg, const Outcome& outcome,
                      std::optional<Aftermath> aftermath) {
    Receiver& receiver = leg.receiver;
    if (!aftermath) return give_back(flight, receiver, std::chrono::minutes(1));
    parts_.metrics.deliveries_put_off(aftermath->put_off);
    parts_.metrics.deliveries_expired(aftermath->expired);
    if (!aftermath->deactivated_because.empty()) {
        parts_.log.warning("webhook deactivated", {{"app", flight.app_id},
                                                   {"webhook", aftermath->target->id},
                                                   {"because", aftermath->deactivated_because},
                                                   {"failures", aftermath->target->health.failures}});
        parts_.notifier.wake();
    }
    if (aftermath->next) {
        const auto retry = retry_at(aftermath->next, {});
        if (!receiver.retry || retry->at < receiver.retry->at) receiver.retry = retry;
    }
    // What is being read now may be of before this outcome.
    if (receiver.reading) ++receiver.changes;
    if (leg.changes != receiver.changes) {
        line_.remove(receiver);
        receiver.target.reset();
        end_leg(flight, receiver);
        return;
    }
    if (!aftermath->target) aftermath->target.emplace();  // gone: as one that is not active
    const auto& health = aftermath->target->health;
    receiver.not_before = retry_at(health.not_before, {});
    if (outcome.attempt.outcome != "delivered" && health.not_before) clear_queue(receiver);
    line_.remove(receiver);
    receiver.target = std::move(aftermath->target);
    end_leg(flight, receiver);
}

}  // namespace gateway::delivery
