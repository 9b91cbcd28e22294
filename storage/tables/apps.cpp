#include "storage/tables/apps.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/values/unreadable.hpp"

#include <algorithm>

namespace gateway::storage {

namespace {

constexpr char columns[] = "id, name, mode, sessions_enabled, created_at, updated_at";
constexpr auto select_by_id = sql_text("SELECT ", columns, " FROM apps WHERE id = ?");
constexpr auto select_all = sql_text("SELECT ", columns, " FROM apps ORDER BY number");

App read_app(const Query& row) {
    App app{.id = std::string(row.text(0)),
            .name = std::string(row.text(1)),
            .mode = parse_mode(row.text(2)),
            .sessions_enabled = row.boolean(3),
            .created_at = {},
            .updated_at = {}};
    try {
        if (!app.mode) throw UnreadableValue("mode", row.text(2), "dev or prod");
        app.created_at = row.timestamp(4);
        app.updated_at = row.timestamp(5);
    } catch (const UnreadableValue& value) {
        app.fault = fault_in_row("apps", app.id, value);
    }
    return app;
}

}  // namespace

std::string_view to_string(const Mode mode) noexcept {
    return mode == Mode::dev ? "dev" : "prod";
}

std::optional<Mode> parse_mode(const std::string_view word) noexcept {
    if (word == "dev") return Mode::dev;
    if (word == "prod") return Mode::prod;
    return std::nullopt;
}

bool is_app_id(const std::string_view text) noexcept {
    const auto allowed = [](const char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return text.size() == 7 && std::ranges::all_of(text, allowed);
}

std::optional<App> find_app(Snapshot& snapshot, const std::string& id) {
    const auto load = [&]() -> std::optional<App> {
        Query row = snapshot.query(select_by_id.data(), id);
        if (!row.step()) return std::nullopt;
        return read_app(row);
    };
    return snapshot.remembered<App>(id, load);
}

std::vector<App> list_apps(Snapshot& snapshot) {
    Query row = snapshot.query(select_all.data());
    std::vector<App> apps;
    while (row.step())
        apps.push_back(read_app(row));
    return apps;
}

bool insert_app(Transaction& transaction, const std::string& id, const std::string& name, const Mode mode) {
    return transaction.execute(
               "INSERT INTO apps (id, name, mode, created_at, updated_at) VALUES (?, ?, ?, ?, ?)"
               " ON CONFLICT (id) DO NOTHING",
               id, name, to_string(mode), transaction.now(), transaction.now()) == 1;
}

bool set_app_mode(Transaction& transaction, const std::string& id, const Mode mode) {
    transaction.forget<App>(id);
    return transaction.execute("UPDATE apps SET mode = ?, updated_at = ? WHERE id = ?", to_string(mode),
                               transaction.now(), id) == 1;
}

bool set_sessions_enabled(Transaction& transaction, const std::string& id, const bool enabled) {
    transaction.forget<App>(id);
    return transaction.execute("UPDATE apps SET sessions_enabled = ?, updated_at = ? WHERE id = ?", enabled,
                               transaction.now(), id) == 1;
}

bool delete_app(Transaction& transaction, const std::string& id) {
    // Its tokens go with it.
    if (auto* const memory = transaction.memory()) memory->clear();
    return transaction.execute("DELETE FROM apps WHERE id = ?", id) == 1;
}

}  // namespace gateway::storage
