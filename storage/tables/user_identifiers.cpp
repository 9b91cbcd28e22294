#include "storage/tables/user_identifiers.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/values/unreadable.hpp"

#include <algorithm>

namespace gateway::storage {

namespace {

std::int64_t last_position(Snapshot& snapshot, const std::int64_t user) {
    Query row =
        snapshot.query("SELECT coalesce(max(position), 0) FROM user_identifiers WHERE user = ?", user);
    row.step();
    return row.integer(0);
}

void insert(Transaction& transaction, const std::string& app_id, const std::int64_t user,
            const std::int64_t position, const Identifier& identifier) {
    transaction.execute(
        "INSERT INTO user_identifiers (user, position, type, value, app_id) VALUES (?, ?, ?, ?, ?)", user,
        position, to_string(identifier.type), identifier.value, app_id);
}

}  // namespace

IdentifierType parse_identifier_type(const std::string_view word) {
    const auto* const name = std::ranges::find(identifier_type_names, word);
    if (name == identifier_type_names.end())
        throw UnreadableValue("type", word, "phone_number or email_address");
    return static_cast<IdentifierType>(name - identifier_type_names.begin());
}

std::vector<Identifier> identifiers_of(Snapshot& snapshot, const std::int64_t user) {
    Query row =
        snapshot.query("SELECT type, value FROM user_identifiers WHERE user = ? ORDER BY position", user);
    std::vector<Identifier> identifiers;
    while (row.step())
        identifiers.push_back({parse_identifier_type(row.text(0)), std::string(row.text(1))});
    return identifiers;
}

std::optional<std::int64_t> identifier_owner(Snapshot& snapshot, const std::string& app_id,
                                             const Identifier& identifier) {
    Query row =
        snapshot.query("SELECT user FROM user_identifiers WHERE value = ? AND type = ? AND app_id = ?",
                       identifier.value, to_string(identifier.type), app_id);
    if (!row.step()) return std::nullopt;
    return row.integer(0);
}

void insert_identifier(Transaction& transaction, const std::string& app_id, const std::int64_t user,
                       const Identifier& identifier) {
    // Not INSERT … SELECT: from the same table, that goes through a temporary one.
    insert(transaction, app_id, user, last_position(transaction, user) + 1, identifier);
}

void insert_first_identifiers(Transaction& transaction, const std::string& app_id, const std::int64_t user,
                              const std::vector<Identifier>& identifiers) {
    std::int64_t position = 0;
    for (const auto& identifier : identifiers)
        insert(transaction, app_id, user, ++position, identifier);
}

void delete_identifier(Transaction& transaction, const std::int64_t user, const Identifier& identifier) {
    transaction.execute("DELETE FROM user_identifiers WHERE user = ? AND type = ? AND value = ?", user,
                        to_string(identifier.type), identifier.value);
}

}  // namespace gateway::storage
