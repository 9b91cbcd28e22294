#include "storage/engine/statement.hpp"

#include "storage/values/unreadable.hpp"

#include <stdexcept>

namespace gateway::storage {

Query::Query(const Claim claim) : statement_(claim.statement) {
    if (statement_.in_use_) throw std::logic_error("a prepared statement was used inside its own use");
    statement_.in_use_ = true;
}

Query::~Query() {
    statement_.reset();
    statement_.in_use_ = false;
}

std::optional<Timestamp> Query::optional_timestamp(const int column) const {
    if (is_null(column)) return std::nullopt;
    return timestamp(column);
}

Timestamp Query::timestamp(const int column) const {
    const auto time = parse_timestamp(text(column));
    if (time) return *time;
    throw UnreadableValue(statement_.column_name(column), '"' + std::string(text(column)) + '"',
                          "a time like 2025-03-15T12:00:00.000Z");
}

}  // namespace gateway::storage
