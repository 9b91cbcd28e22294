#include "storage/tables/audiences.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/tables/number_list.hpp"
#include "storage/values/unreadable.hpp"

#include <utility>

namespace gateway::storage {

namespace {

std::string memory_id(const std::string& app_id, const EventType type) {
    return app_id + std::string(to_string(type));
}

/// A webhook whose events cannot be read is subscribed to none.
bool is_subscribed(const std::string_view events, const EventType type) {
    try {
        return parse_event_set(events).contains(type);
    } catch (const UnreadableValue&) {
        return false;
    }
}

WebhookNumbers subscribed_now(Snapshot& snapshot, const std::string& app_id, const EventType type) {
    Query row = snapshot.query(
        "SELECT number, events FROM webhooks WHERE app_id = ? AND active = 1 ORDER BY number", app_id);
    WebhookNumbers numbers;
    while (row.step())
        if (is_subscribed(row.text(1), type)) numbers.push_back(row.integer(0));
    return numbers;
}

std::optional<std::int64_t> find_audience(Snapshot& snapshot, const std::string& app_id, const EventType type,
                                          const std::string& webhooks) {
    Query row = snapshot.query("SELECT number FROM audiences WHERE app_id = ? AND type = ? AND webhooks = ?",
                               app_id, to_string(type), webhooks);
    if (!row.step()) return std::nullopt;
    return row.integer(0);
}

std::int64_t insert_audience(Transaction& transaction, const std::string& app_id, const EventType type,
                             const std::string& webhooks) {
    Query row =
        transaction.query("INSERT INTO audiences (app_id, type, webhooks) VALUES (?, ?, ?) RETURNING number",
                          app_id, to_string(type), webhooks);
    row.step();
    return row.integer(0);
}

}  // namespace

Audience current_audience(Transaction& transaction, const std::string& app_id, const EventType type) {
    const auto load = [&]() -> std::optional<Audience> {
        return audience_of(transaction, app_id, type, subscribed_now(transaction, app_id, type));
    };
    return transaction.remembered<Audience>(memory_id(app_id, type), load).value();
}

Audience audience_of(Transaction& transaction, const std::string& app_id, const EventType type,
                     WebhookNumbers webhooks) {
    const auto list = json_list(webhooks);
    auto number = find_audience(transaction, app_id, type, list);
    if (!number) {
        number = insert_audience(transaction, app_id, type, list);
        for (const auto webhook : webhooks)
            transaction.execute("INSERT INTO audience_members (webhook, audience) VALUES (?, ?)", webhook,
                                *number);
    }
    return {memory_id(app_id, type), *number, std::make_shared<const WebhookNumbers>(std::move(webhooks))};
}

void forget_audiences(Transaction& transaction, const std::string& app_id) {
    for (std::size_t type = 0; type < event_type_names.size(); ++type)
        transaction.forget<Audience>(memory_id(app_id, static_cast<EventType>(type)));
}

}  // namespace gateway::storage
