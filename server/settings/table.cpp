#include "server/settings/table.hpp"

#include "server/settings/row.hpp"
#include "server/text/edit_distance.hpp"

#include <algorithm>
#include <iterator>

namespace gateway {

namespace {

std::vector<Setting> make_table() {
    using namespace setting;
    std::vector<Setting> table;
    for (auto&& rows : {server_rows(), limits_rows(), database_rows(), backup_rows(), log_rows(),
                        monitoring_rows(), webhooks_rows(), delivery_rows(), sessions_rows()})
        std::ranges::copy(rows, std::back_inserter(table));
    return table;
}

}  // namespace

const std::vector<Setting>& settings_table() {
    static const std::vector<Setting> table = make_table();
    return table;
}

std::string variable_name(std::string_view key) {
    std::string name(variable_prefix);
    for (const char character : key) {
        const bool is_lower = character >= 'a' && character <= 'z';
        const char upper = is_lower ? static_cast<char>(character - 'a' + 'A') : character;
        name += character == '.' ? '_' : upper;
    }
    return name;
}

const Setting* find_setting(std::string_view key) {
    const auto& table = settings_table();
    const auto found = std::ranges::find(table, key, &Setting::key);
    return found == table.end() ? nullptr : &*found;
}

bool is_section(std::string_view name) {
    return std::ranges::any_of(settings_table(), [name](const Setting& setting) {
        return setting.key.size() > name.size() && setting.key.starts_with(name) &&
               setting.key[name.size()] == '.';
    });
}

const Setting& nearest_setting(std::string_view unknown) {
    // Far longer than any key, and short enough that the distance of a hostile one costs nothing.
    constexpr std::size_t longest = 64;
    const auto word = unknown.substr(0, longest);
    const auto distance = [word](const Setting& setting) {
        const auto name = setting.key.substr(setting.key.find('.') + 1);
        const std::size_t without_section = 1 + edit_distance(word, name);
        return std::min(edit_distance(word, setting.key), without_section);
    };
    return *std::ranges::min_element(settings_table(), {}, distance);
}

}  // namespace gateway
