// What the writing connection remembers from one group of jobs to the next, so that rows which every request
// asks for are not read again each time.
#pragma once

#include "storage/tables/api_tokens.hpp"
#include "storage/tables/apps.hpp"

#include <string>
#include <unordered_map>
#include <utility>

namespace gateway::storage {

/// Filled by the finders of apps and tokens. Emptied when another process has changed the file and when a job
/// that changed something is undone; whoever changes one of these rows forgets it.
class RowMemory {
  public:
    [[nodiscard]] const App* app(const std::string& id) const { return find(apps_, id); }

    [[nodiscard]] const ApiToken* token(const std::string& id) const { return find(tokens_, id); }

    void remember(const App& app) { insert(apps_, app); }

    void remember(const ApiToken& token) { insert(tokens_, token); }

    void forget_app(const std::string& id) { apps_.erase(id); }

    void clear() {
        apps_.clear();
        tokens_.clear();
    }

  private:
    template <class Row>
    using ById = std::unordered_map<std::string, Row>;

    // A few MB at most; a deployment with more live apps than this reads some of them anew.
    static constexpr std::size_t most_rows = 10'000;

    template <class Row>
    static const Row* find(const ById<Row>& rows, const std::string& id) {
        const auto found = rows.find(id);
        return found == rows.end() ? nullptr : &found->second;
    }

    template <class Row>
    static void insert(ById<Row>& rows, const Row& row) {
        if (rows.size() >= most_rows) rows.clear();
        rows.insert_or_assign(row.id, row);
    }

    ById<App> apps_;
    ById<ApiToken> tokens_;
};

}  // namespace gateway::storage
