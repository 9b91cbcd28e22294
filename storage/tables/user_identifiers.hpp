// The table `user_identifiers`: what a user logs in with. One of an app is one user's alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

enum class IdentifierType { phone_number, email_address };

/// As the table has them, indexed by the enumerator.
inline constexpr std::array<std::string_view, 2> identifier_type_names{"phone_number", "email_address"};

constexpr std::string_view to_string(const IdentifierType type) noexcept {
    return identifier_type_names[static_cast<std::size_t>(type)];
}

/// Throws UnreadableValue for any other word.
IdentifierType parse_identifier_type(std::string_view word);

struct Identifier {
    IdentifierType type = {};
    std::string value;  ///< normalised: the same one is the same text

    friend bool operator==(const Identifier&, const Identifier&) = default;
};

/// In the order of their addition; `user` is the number of the user's row, here and below. Throws
/// UnreadableValue.
std::vector<Identifier> identifiers_of(Snapshot& snapshot, std::int64_t user);

/// The number of the user who has it in this app.
std::optional<std::int64_t> identifier_owner(Snapshot& snapshot, const std::string& app_id,
                                             const Identifier& identifier);

/// Nobody in the app has it yet.
void insert_identifier(Transaction& transaction, const std::string& app_id, std::int64_t user,
                       const Identifier& identifier);

/// As insert_identifier(), for a user who has none so far.
void insert_first_identifiers(Transaction& transaction, const std::string& app_id, std::int64_t user,
                              const std::vector<Identifier>& identifiers);

void delete_identifier(Transaction& transaction, std::int64_t user, const Identifier& identifier);

}  // namespace gateway::storage
