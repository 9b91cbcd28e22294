// The numbered .sql files of this folder, embedded in the binary at build time (see embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace gateway::storage {

/// One file, `NNNN_name.sql`. Files are only ever added: one that was released is never edited. It runs in a
/// transaction, without foreign keys being enforced. What it cannot take over it names, a line for each row,
/// in the temporary table `objections (objection TEXT)`: it is taken back then and the lines are shown.
struct Migration {
    int number;             ///< NNNN; counts from 1 without gaps
    std::string_view name;  ///< the file's name without its number and ending
    std::string_view sql;
};

/// In the order of their numbers.
std::span<const Migration> embedded_migrations() noexcept;

}  // namespace gateway::storage
