#include "storage/tables/api_tokens.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/values/unreadable.hpp"

namespace gateway::storage {

namespace {

constexpr char columns[] = "id, app_id, name, created_at, expires_at, revoked_at";
constexpr auto select_by_sha256 = sql_text("SELECT ", columns, " FROM api_tokens WHERE sha256 = ?");
constexpr auto select_by_id = sql_text("SELECT ", columns, " FROM api_tokens WHERE id = ?");
constexpr auto select_all = sql_text("SELECT ", columns, " FROM api_tokens ORDER BY number");

ApiToken read_token(const Query& row) {
    ApiToken token{.id = std::string(row.text(0)),
                   .app_id = {},
                   .name = std::string(row.text(2)),
                   .created_at = {},
                   .expires_at = {},
                   .revoked_at = {},
                   .fault = {}};
    if (!row.is_null(1)) token.app_id = row.text(1);
    try {
        token.created_at = row.timestamp(3);
        token.expires_at = row.optional_timestamp(4);
        token.revoked_at = row.optional_timestamp(5);
    } catch (const UnreadableValue& value) {
        token.fault = fault_in_row("api_tokens", token.id, value);
    }
    return token;
}

}  // namespace

std::optional<ApiToken> find_token_by_sha256(Snapshot& snapshot, const std::string& sha256) {
    Query row = snapshot.query(select_by_sha256.data(), sha256);
    if (!row.step()) return std::nullopt;
    return read_token(row);
}

std::optional<ApiToken> find_token(Snapshot& snapshot, const std::string& id) {
    const auto load = [&]() -> std::optional<ApiToken> {
        Query row = snapshot.query(select_by_id.data(), id);
        if (!row.step()) return std::nullopt;
        return read_token(row);
    };
    return snapshot.remembered<ApiToken>(id, load);
}

std::vector<ApiToken> list_tokens(Snapshot& snapshot) {
    Query row = snapshot.query(select_all.data());
    std::vector<ApiToken> tokens;
    while (row.step())
        tokens.push_back(read_token(row));
    return tokens;
}

void insert_token(Transaction& transaction, const ApiToken& token, const std::string& sha256) {
    transaction.execute(
        "INSERT INTO api_tokens (id, sha256, app_id, name, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        token.id, sha256, token.app_id, token.name, transaction.now(), token.expires_at);
}

bool revoke_token(Transaction& transaction, const std::string& id) {
    transaction.forget<ApiToken>(id);
    return transaction.execute("UPDATE api_tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
                               transaction.now(), id) == 1;
}

}  // namespace gateway::storage
