// What the writing session remembers from one group of jobs to the next, so that rows which every request
// asks for are not read again each time.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <typeindex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gateway::storage {

/// Rows of whatever tables are worth it, found by the `id` that each has. Filled by the finders of a table,
/// see Snapshot::remembered(). Emptied when another process has changed the file and when a job that changed
/// something is undone; whoever changes such a row forgets it.
class RowMemory {
  public:
    template <class Row>
    [[nodiscard]] const Row* find(const std::string& id) const {
        const auto* const rows = table<Row>();
        if (!rows) return nullptr;
        const auto found = rows->by_id.find(id);
        return found == rows->by_id.end() ? nullptr : &found->second;
    }

    template <class Row>
    void remember(const Row& row) {
        auto& rows = made_table<Row>();
        if (rows.by_id.size() >= most_rows) rows.by_id.clear();
        rows.by_id.insert_or_assign(row.id, row);
    }

    template <class Row>
    void forget(const std::string& id) {
        if (auto* const rows = table<Row>()) rows->by_id.erase(id);
    }

    void clear() { tables_.clear(); }

  private:
    // Of one table; a few MB at most. A deployment with more live rows than this reads some of them anew.
    static constexpr std::size_t most_rows = 10'000;

    struct Table {
        explicit Table(std::type_index row_type) : type(row_type) {}

        virtual ~Table() = default;
        Table(const Table&) = delete;
        Table& operator=(const Table&) = delete;

        std::type_index type;
    };

    template <class Row>
    struct TableOf final : Table {
        TableOf() : Table(typeid(Row)) {}

        std::unordered_map<std::string, Row> by_id;
    };

    template <class Row>
    [[nodiscard]] TableOf<Row>* table() const {
        // There are a handful.
        const auto found = std::ranges::find(tables_, std::type_index(typeid(Row)), &Table::type);
        return found == tables_.end() ? nullptr : static_cast<TableOf<Row>*>(found->get());
    }

    template <class Row>
    TableOf<Row>& made_table() {
        if (auto* const rows = table<Row>()) return *rows;
        auto rows = std::make_unique<TableOf<Row>>();
        auto& made = *rows;
        tables_.push_back(std::move(rows));
        return made;
    }

    std::vector<std::unique_ptr<Table>> tables_;
};

}  // namespace gateway::storage
