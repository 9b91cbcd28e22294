#include "server/delivery/webhook_secrets.hpp"

#include "server/delivery/cannot_sign.hpp"
#include "storage/tables/webhook_secrets.hpp"
#include "storage/tables/webhooks.hpp"
#include "storage/values/encoding.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace gateway::delivery {

namespace asio = boost::asio;

namespace {

constexpr std::size_t secret_size = 24;
constexpr std::size_t most_webhooks = 10'000;

/// What signs now, whatever does not open left out. `fault` says why where that leaves nothing; neither:
/// there is no secret yet.
struct Opened {
    WebhookSecrets secrets;
    std::string fault;
};

Opened open_secrets(storage::Snapshot& snapshot, const std::string& webhook_id, storage::Secrets& secrets) {
    Opened opened;
    for (const auto& row : storage::list_webhook_secrets(snapshot, webhook_id)) {
        if (row.signs_until && *row.signs_until <= snapshot.now()) continue;
        auto bytes = secrets.open(snapshot, row.sealed, row.id);
        if (bytes && row.fault.empty()) {
            opened.secrets.bytes.push_back(*std::move(bytes));
        } else if (opened.fault.empty()) {
            opened.fault = !row.fault.empty()
                               ? row.fault
                               : "the secret " + row.id + " of webhook " + webhook_id +
                                     " does not open with the sealing key in use;"
                                     " rotateWebhookSecret makes a new one, or put back the key"
                                     " file that sealed it";
        }
    }
    return opened;
}

std::string make_secret(storage::Transaction& transaction, const std::string& webhook_id,
                        const std::chrono::milliseconds overlap, const SecretParts& parts) {
    std::array<std::uint8_t, secret_size> random{};
    parts.random(random);
    std::string bytes(random.begin(), random.end());
    const auto id = parts.ids.next("secret");
    storage::set_webhook_secret(transaction, webhook_id, id, parts.secrets.seal(transaction, bytes, id),
                                overlap);
    return bytes;
}

bool has_secret(storage::Snapshot& snapshot, const std::string& webhook_id) {
    const auto rows = storage::list_webhook_secrets(snapshot, webhook_id);
    return !rows.empty() && !rows.front().signs_until;
}

}  // namespace

std::string secret_text(const std::string_view bytes) {
    return "whsec_" + base64_encode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::string webhook_secret(storage::Transaction& transaction, const std::string& webhook_id,
                           const SecretParts& parts) {
    const auto rows = storage::list_webhook_secrets(transaction, webhook_id);
    if (rows.empty() || rows.front().signs_until) return make_secret(transaction, webhook_id, {}, parts);
    auto bytes = parts.secrets.open(transaction, rows.front().sealed, rows.front().id);
    if (!bytes) throw CannotSign(open_secrets(transaction, webhook_id, parts.secrets).fault);
    return *std::move(bytes);
}

std::string rotate_webhook_secret(storage::Transaction& transaction, const std::string& webhook_id,
                                  const std::chrono::milliseconds overlap, const SecretParts& parts) {
    return make_secret(transaction, webhook_id, overlap, parts);
}

SigningSecrets::SigningSecrets(storage::Database& database, const SecretParts& parts,
                               const std::chrono::milliseconds kept_for, Log* const log)
    : database_(database),
      parts_(parts),
      recent_(most_webhooks, kept_for),
      told_(log, "a webhook's secret cannot be used") {}

asio::awaitable<WebhookSecrets> SigningSecrets::secrets_of(std::string webhook_id) {
    if (auto known = recent_.find(webhook_id)) co_return *std::move(known);
    const auto age = recent_.age();
    auto look = [webhook_id, &secrets = parts_.secrets](storage::Snapshot& snapshot) {
        return has_secret(snapshot, webhook_id) ? std::optional(open_secrets(snapshot, webhook_id, secrets))
                                                : std::nullopt;
    };
    auto found = co_await database_.read(std::move(look), storage::Deadline::max());
    if (!found) {
        auto make = [webhook_id, parts = parts_](storage::Transaction& transaction) {
            if (!storage::find_webhook(transaction, webhook_id))
                throw CannotSign("there is no webhook " + webhook_id);
            if (!has_secret(transaction, webhook_id)) make_secret(transaction, webhook_id, {}, parts);
            return open_secrets(transaction, webhook_id, parts.secrets);
        };
        found = co_await database_.write_in_background(std::move(make));
    }
    if (!found->fault.empty()) told_.tell(found->fault);
    if (found->secrets.bytes.empty()) throw CannotSign(found->fault);
    recent_.remember(webhook_id, found->secrets, age);
    co_return std::move(found->secrets);
}

}  // namespace gateway::delivery
