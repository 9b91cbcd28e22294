#include "storage/sqlite/file_header.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <unistd.h>

namespace gateway::storage {

namespace {

using Bytes = std::array<char, 100>;

std::uint32_t number_at(const Bytes& bytes, const std::size_t offset) {
    std::uint32_t number = 0;
    for (std::size_t i = offset; i < offset + sizeof number; ++i)
        number = number << 8U | static_cast<std::uint8_t>(bytes[i]);
    return number;
}

}  // namespace

std::optional<FileHeader> read_header(const int descriptor) {
    // https://www.sqlite.org/fileformat2.html#the_database_header
    constexpr std::string_view magic("SQLite format 3\0", 16);
    constexpr std::size_t write_version = 18;
    constexpr std::size_t schema_version = 40;
    constexpr std::size_t application_id = 68;
    constexpr char write_ahead_log = 2;

    Bytes bytes{};
    if (::pread(descriptor, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return std::nullopt;
    if (!std::string_view(bytes.data(), bytes.size()).starts_with(magic)) return std::nullopt;
    return FileHeader{.schema_version = number_at(bytes, schema_version),
                      .application_id = number_at(bytes, application_id),
                      .keeps_log = bytes[write_version] == write_ahead_log};
}

}  // namespace gateway::storage
