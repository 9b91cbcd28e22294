// Which part of the program may include which: each folder of storage/ and server/ is a room, and includes
// point down only.

#include "tests/support/paths.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

namespace {

namespace fs = std::filesystem;

struct Room {
    std::string_view name;                      ///< its folder
    std::vector<std::string_view> may_use;      ///< rooms above it in the list
    std::vector<std::string_view> libraries{};  ///< of those that only some rooms may see
};

/// From the bottom to the top.
const std::vector<Room>& rooms() {
    static const std::vector<Room> rooms{
        {"migrations", {}},
        {"storage/values", {}},
        {"storage/engine", {"storage/values"}},
        {"storage/sqlite", {"storage/engine", "storage/values", "migrations"}, {"SQLite"}},
        {"storage/tables", {"storage/engine", "storage/values"}},
        {"storage/secrets", {"storage/tables", "storage/engine", "storage/values"}},
        {"storage",
         {"storage/secrets", "storage/tables", "storage/sqlite", "storage/engine", "storage/values"}},

        {"server/version", {}},
        {"server/text", {}},
        {"server/outgoing", {"server/text", "storage/values"}, {"Beast"}},
        {"server/settings", {"server/outgoing", "server/text", "storage/values"}},
        {"server/log", {"server/settings", "server/text", "storage/values"}},
        {"server/backup", {"server/log", "server/settings", "server/text", "storage", "storage/values"}},
        {"server/metrics", {"server/outgoing", "storage/engine", "storage/values"}, {"Prometheus"}},
        {"server/health", {"server/log", "server/settings", "storage/engine", "storage/values"}},
        {"server/delivery",
         {"server/health", "server/outgoing", "server/metrics", "server/log", "server/settings",
          "server/text", "storage/secrets", "storage/tables", "storage/engine", "storage/values"}},
        {"server/api",
         {"server/delivery", "server/health", "server/metrics", "server/outgoing", "server/log",
          "server/settings", "server/text", "storage/secrets", "storage/tables", "storage/engine",
          "storage/values"}},
        {"server/gateway",
         {"server/api", "server/health", "server/metrics", "server/outgoing", "server/log", "server/settings",
          "server/text", "server/version", "storage/tables", "storage/engine", "storage/values"},
         {"Beast", "Protobuf"}},
        {"server/command",
         {"server/gateway", "server/api", "server/delivery", "server/backup", "server/health",
          "server/metrics", "server/outgoing", "server/log", "server/settings", "server/text",
          "server/version", "storage", "storage/secrets", "storage/tables", "storage/engine",
          "storage/values"}},
        {"server/separate_compilation", {}, {"Beast"}},
    };
    return rooms;
}

/// The room of a file of ours, by its path below the top of the source tree; empty where it is in none.
std::string_view room_of(const std::string& path) {
    // The composition root and main() are the top of the building; the version is its bottom.
    if (path.starts_with("server/version.")) return "server/version";
    if (path.starts_with("server/daemon.") || path.starts_with("server/main.")) return "server/command";
    std::string_view best;
    for (const auto& room : rooms()) {
        const bool inside = path.starts_with(room.name) && path[room.name.size()] == '/';
        if (inside && room.name.size() > best.size()) best = room.name;
    }
    // Only files stand at the top of storage/: a new folder is a new room.
    if (best == "storage" && path.find('/', best.size() + 1) != std::string::npos) return {};
    return best;
}

/// The guarded library that an include in angle brackets is of; empty for any other.
std::string_view library_of(const std::string& header) {
    if (header.starts_with("SQLiteCpp/") || header == "sqlite3.h") return "SQLite";
    if (header.starts_with("boost/beast")) return "Beast";
    if (header.starts_with("prometheus/")) return "Prometheus";
    if (header.starts_with("google/protobuf/")) return "Protobuf";
    return {};
}

/// What is wrong with the includes of a file, a line each.
std::vector<std::string> faults_of(const std::string& path, const std::string& text) {
    const auto name = room_of(path);
    if (name.empty()) return {path + " is in no room: name its folder in the table of this test"};
    const Room& room = *std::ranges::find(rooms(), name, &Room::name);

    std::vector<std::string> faults;
    static const std::regex include(R"re((?:^|\n)[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">])re");
    for (std::sregex_iterator found(text.begin(), text.end(), include), end; found != end; ++found) {
        const std::string header = (*found)[2];
        const bool ours = (*found)[1] == "\"";
        const auto target = ours ? room_of(header) : library_of(header);
        if (!ours && target.empty()) continue;
        const auto& allowed = ours ? room.may_use : room.libraries;
        const bool fine = (ours && target == name) || std::ranges::find(allowed, target) != allowed.end();
        if (!fine) faults.push_back(path + " includes " + header);
    }
    return faults;
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The types that a file gives a name to which other files can see, with their namespaces.
std::vector<std::string> types_in(const std::string& text) {
    static const std::regex begin("^namespace ?([\\w:]*) ?\\{.*");
    static const std::regex type("^(?:struct|class|enum class) (\\w+)(?: final)?(?: : [^;]*)? \\{.*");
    std::vector<std::string> types;
    std::vector<std::string> namespaces;
    std::istringstream lines(text);
    std::smatch found;
    for (std::string line; std::getline(lines, line);) {
        if (std::regex_match(line, found, begin)) namespaces.push_back(found[1]);
        if (line.starts_with("}  // namespace")) namespaces.pop_back();
        const bool is_hidden = std::ranges::count(namespaces, "") > 0;
        if (is_hidden || !std::regex_match(line, found, type)) continue;
        std::string name;
        for (const auto& outer : namespaces)
            name += outer + "::";
        types.push_back(name + found[1].str());
    }
    return types;
}

/// Calls `look(path, content)` for each source file of the product.
template <class Look>
void for_each_file(const Look& look) {
    for (const std::string top : {"storage", "server", "migrations"}) {
        for (const auto& entry : fs::recursive_directory_iterator(test::source_folder() / top)) {
            const auto extension = entry.path().extension();
            if (extension != ".cpp" && extension != ".hpp") continue;
            look(fs::relative(entry.path(), test::source_folder()).string(), content_of(entry.path()));
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rooms_test)

BOOST_AUTO_TEST_CASE(each_file_includes_what_its_room_may_use_and_no_more) {
    int files = 0;
    for_each_file([&files](const std::string& path, const std::string& text) {
        if (path == "server/precompiled.hpp") return;
        for (const auto& fault : faults_of(path, text))
            BOOST_ERROR(fault);
        ++files;
    });
    BOOST_TEST(files > 150);
}

// The linker would take the functions of one for those of the other.
BOOST_AUTO_TEST_CASE(no_two_types_have_one_name) {
    std::map<std::string, std::string> files;
    for_each_file([&files](const std::string& path, const std::string& text) {
        for (const auto& type : types_in(text)) {
            const auto [known, is_new] = files.emplace(type, path);
            if (!is_new) BOOST_ERROR(type + " is in " + known->second + " and in " + path);
        }
    });
    BOOST_TEST(files.size() > 300U);
    const std::string source =
        "namespace a::b {\nstruct One {\n};\nnamespace {\nclass Hidden {\n};\n}  // namespace\n"
        "class Two final : public One {\n};\nclass Declared;\n}  // namespace a::b\n";
    BOOST_TEST((types_in(source) == std::vector<std::string>{"a::b::One", "a::b::Two"}));
}

BOOST_AUTO_TEST_CASE(a_room_uses_only_rooms_below_it) {
    for (auto room = rooms().begin(); room != rooms().end(); ++room) {
        for (const auto used : room->may_use) {
            const bool below =
                std::any_of(rooms().begin(), room, [used](const Room& r) { return r.name == used; });
            BOOST_TEST(below, room->name << " uses " << used);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_all_files_see_brings_no_library_that_only_some_may_see) {
    const auto text = content_of(test::source_folder() / "server/precompiled.hpp");
    BOOST_TEST(text.find("boost/asio") != std::string::npos);
    BOOST_TEST(text.find("SQLite") == std::string::npos);
    BOOST_TEST(text.find("boost/beast") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_include_that_climbs_is_named) {
    const auto faults = [](const std::string& path, const std::string& include) {
        return faults_of(path, "#pragma once\n#include " + include + "\n").size();
    };
    BOOST_TEST(faults("storage/engine/writer.hpp", "\"storage/values/error.hpp\"") == 0U);
    BOOST_TEST(faults("storage/engine/writer.hpp", "\"storage/engine/job.hpp\"") == 0U);
    BOOST_TEST(faults("storage/engine/row_memory.hpp", "\"storage/tables/apps.hpp\"") == 1U);
    BOOST_TEST(faults("storage/engine/writer.cpp", "\"storage/sqlite/connection.hpp\"") == 1U);
    BOOST_TEST(faults("storage/secrets/secrets.hpp", "\"storage/command_database.hpp\"") == 1U);
    BOOST_TEST(faults("storage/values/error.hpp", "\"server/text/quote.hpp\"") == 1U);
    BOOST_TEST(faults("server/api/mode.cpp", "\"server/gateway/status.hpp\"") == 1U);
    BOOST_TEST(faults("server/api/mode.cpp", "<boost/beast/http.hpp>") == 1U);
    BOOST_TEST(faults("server/gateway/status.hpp", "<boost/beast/http.hpp>") == 0U);
    BOOST_TEST(faults("storage/tables/apps.cpp", "<sqlite3.h>") == 1U);
    BOOST_TEST(faults("storage/prepared_database.hpp", "<SQLiteCpp/Database.h>") == 1U);
    BOOST_TEST(faults("storage/sqlite/connection.cpp", "<sqlite3.h>") == 0U);
    BOOST_TEST(faults("server/delivery/queue.cpp", "\"server/nowhere/queue.hpp\"") == 1U);
    BOOST_TEST(faults_of("storage/attic/old.hpp", "").size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
