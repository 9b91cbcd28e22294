// The numbered .sql files of this folder, embedded in the binary at build time (see embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace gateway::storage {

/// One file, `NNNN_name.sql`. Files are only ever added: one that was released is never edited.
struct Migration {
    int number;             ///< NNNN; counts from 1 without gaps
    std::string_view name;  ///< the file's name without its number and ending
    std::string_view sql;
};

/// In the order of their numbers.
std::span<const Migration> embedded_migrations() noexcept;

}  // namespace gateway::storage
