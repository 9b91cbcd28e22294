# Writes OUTPUT, a C++ file that holds every migration of DIRECTORY:  cmake -DDIRECTORY=… -DOUTPUT=… -P embed.cmake
file(GLOB files RELATIVE "${DIRECTORY}" "${DIRECTORY}/[0-9][0-9][0-9][0-9]_*.sql")
list(SORT files)

set(rows "")
set(expected 1)
foreach(file IN LISTS files)
    string(REGEX MATCH "^([0-9]+)_(.+)\\.sql$" matched "${file}")
    set(name "${CMAKE_MATCH_2}")
    string(REGEX REPLACE "^0+" "" number "${CMAKE_MATCH_1}")
    if(NOT number EQUAL expected)
        message(FATAL_ERROR "migrations: ${file} found where number ${expected} was expected")
    endif()
    math(EXPR expected "${expected} + 1")
    file(READ "${DIRECTORY}/${file}" sql)
    string(APPEND rows "    {${number}, \"${name}\", R\"__sql__(${sql})__sql__\"},\n")
endforeach()

file(WRITE "${OUTPUT}.new" "// Made by migrations/embed.cmake from the .sql files there.
#include \"migrations/migrations.hpp\"

namespace gateway::storage {

namespace {
constexpr Migration kMigrations[] = {
${rows}};
}  // namespace

std::span<const Migration> embedded_migrations() noexcept { return kMigrations; }

}  // namespace gateway::storage
")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}" ONLY_IF_DIFFERENT)
