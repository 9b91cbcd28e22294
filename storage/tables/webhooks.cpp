#include "storage/tables/webhooks.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/tables/audiences.hpp"
#include "storage/values/unreadable.hpp"

#include <stdexcept>

namespace gateway::storage {

namespace {

constexpr char selection[] =
    "SELECT number, id, app_id, url, events, active, last_http_code, last_http_code_date, created_at, "
    "updated_at"
    " FROM webhooks LEFT JOIN webhook_health ON webhook = number";
constexpr auto select_by_id = sql_text(selection, " WHERE id = ?");
constexpr auto select_by_number = sql_text(selection, " WHERE number = ?");
constexpr auto select_by_app = sql_text(selection, " WHERE app_id = ? ORDER BY number");

Webhook read_webhook(const Query& row) {
    Webhook webhook{.number = row.integer(0),
                    .id = std::string(row.text(1)),
                    .app_id = std::string(row.text(2)),
                    .url = std::string(row.text(3)),
                    .events = {},
                    .active = row.boolean(5),
                    .last_http_code = {},
                    .last_http_code_date = {},
                    .created_at = {},
                    .updated_at = {}};
    if (!row.is_null(6)) webhook.last_http_code = static_cast<int>(row.integer(6));
    try {
        webhook.updated_at = row.timestamp(9);  // first: deactivate_webhook() goes by it, whatever the rest
        webhook.events = parse_event_set(row.text(4));
        webhook.last_http_code_date = row.optional_timestamp(7);
        webhook.created_at = row.timestamp(8);
    } catch (const UnreadableValue& value) {
        webhook.fault = fault_in_row("webhooks", webhook.id, value);
    }
    return webhook;
}

}  // namespace

std::optional<Webhook> find_webhook(Snapshot& snapshot, const std::string& webhook_id) {
    Query row = snapshot.query(select_by_id.data(), webhook_id);
    if (!row.step()) return std::nullopt;
    return read_webhook(row);
}

std::optional<Webhook> find_webhook(Snapshot& snapshot, const std::string& app_id,
                                    const std::string& webhook_id) {
    auto webhook = find_webhook(snapshot, webhook_id);
    if (webhook && webhook->app_id != app_id) return std::nullopt;
    return webhook;
}

std::optional<Webhook> find_webhook_by_number(Snapshot& snapshot, const std::int64_t number) {
    Query row = snapshot.query(select_by_number.data(), number);
    if (!row.step()) return std::nullopt;
    return read_webhook(row);
}

std::vector<Webhook> list_webhooks(Snapshot& snapshot, const std::string& app_id) {
    Query row = snapshot.query(select_by_app.data(), app_id);
    std::vector<Webhook> webhooks;
    while (row.step())
        webhooks.push_back(read_webhook(row));
    return webhooks;
}

void insert_webhook(Transaction& transaction, const Webhook& webhook, const Blob sealed_token) {
    transaction.execute(
        "INSERT INTO webhooks (id, app_id, url, events, active, created_at, updated_at, "
        "verification_token_sealed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        webhook.id, webhook.app_id, webhook.url, to_json_text(webhook.events), webhook.active,
        webhook.created_at, webhook.updated_at, sealed_token);
    forget_audiences(transaction, webhook.app_id);
}

void update_webhook(Transaction& transaction, Webhook& webhook) {
    if (!webhook.fault.empty()) throw std::logic_error("not all is known of " + webhook.fault);
    webhook.updated_at = time_of_change(webhook.updated_at, transaction.now());
    transaction.execute(
        "UPDATE webhooks SET url = ?, events = ?, active = ?, updated_at = ? WHERE number = ?", webhook.url,
        to_json_text(webhook.events), webhook.active, webhook.updated_at, webhook.number);
    forget_audiences(transaction, webhook.app_id);
}

void deactivate_webhook(Transaction& transaction, Webhook& webhook) {
    webhook.active = false;
    webhook.updated_at = time_of_change(webhook.updated_at, transaction.now());
    transaction.execute("UPDATE webhooks SET active = 0, updated_at = ? WHERE number = ?", webhook.updated_at,
                        webhook.number);
    forget_audiences(transaction, webhook.app_id);
}

bool delete_webhook(Transaction& transaction, const std::string& webhook_id) {
    Query row = transaction.query("DELETE FROM webhooks WHERE id = ? RETURNING app_id", webhook_id);
    if (!row.step()) return false;
    forget_audiences(transaction, std::string(row.text(0)));
    return true;
}

int count_webhooks(Snapshot& snapshot, const std::string& app_id) {
    Query row = snapshot.query("SELECT count(*) FROM webhooks WHERE app_id = ?", app_id);
    row.step();
    return static_cast<int>(row.integer(0));
}

std::vector<std::uint8_t> sealed_token(Snapshot& snapshot, const std::string& webhook_id) {
    Query row = snapshot.query("SELECT verification_token_sealed FROM webhooks WHERE id = ?", webhook_id);
    if (!row.step()) throw std::logic_error("no webhook " + webhook_id);
    const Blob sealed = row.blob(0);
    return {sealed.begin(), sealed.end()};
}

void set_sealed_token(Transaction& transaction, const std::string& webhook_id, const Blob sealed_token) {
    transaction.execute("UPDATE webhooks SET verification_token_sealed = ? WHERE id = ?", sealed_token,
                        webhook_id);
}

}  // namespace gateway::storage
