// The table `sealing_key`: which key of the key file the secrets are sealed with; and the columns they are
// in.
#pragma once

#include "storage/engine/statement.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

/// A column that holds sealed values, each sealed for the id of its row.
struct SealedColumn {
    std::string_view table;
    std::string_view name;
    Sql read;   ///< number, id and value of some rows behind a number
    Sql write;  ///< takes a value and a number
};

/// Every one: what is not in this list is unreadable after a rotation, so a test holds it to the schema.
std::span<const SealedColumn> sealed_columns() noexcept;

struct SealedValue {
    std::int64_t number = 0;  ///< of its row
    std::string row_id;
    std::vector<std::uint8_t> bytes;
};

/// For people: the secrets that did not open when all were last tried, and what sets each again.
inline constexpr std::string_view shut_secrets_query = "SELECT * FROM shut_secrets";

/// Some rows behind `number`, in their order; none when there are no more.
std::vector<SealedValue> sealed_values(Snapshot& snapshot, const SealedColumn& column, std::int64_t number);

/// Writes value.bytes.
void replace_sealed_value(Transaction& transaction, const SealedColumn& column, const SealedValue& value);

/// Nothing when the database names no key.
std::optional<std::string> sealing_key_id(Snapshot& snapshot);

/// Has the database name this key, since now.
void set_sealing_key(Transaction& transaction, const std::string& key_id);

/// Calls function(column, value) for every sealed value there is; it may change or replace the value.
template <class Job, class Function>
void for_each_sealed_value(Job& job, Function function) {
    for (const SealedColumn& column : sealed_columns()) {
        for (auto values = sealed_values(job, column, 0); !values.empty();
             values = sealed_values(job, column, values.back().number)) {
            for (auto& value : values)
                function(column, value);
        }
    }
}

}  // namespace gateway::storage
