#include "server/command/administration.hpp"
#include "server/command/doctor_checks.hpp"
#include "server/command/line_parts.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <iostream>
#include <iterator>

namespace gateway::command {

namespace {

struct DoctorOptions {
    OutputFormat format = OutputFormat::text;
};

std::string_view to_string(const Verdict verdict) {
    switch (verdict) {
        case Verdict::ok:
            return "ok";
        case Verdict::warning:
            return "warning";
        case Verdict::error:
            return "error";
    }
    return {};
}

/// What needs the database, or why that does not open.
Diagnoses look_into_database(const Settings& settings) {
    try {
        auto database = open_database(settings);
        return {{"database", Verdict::ok, database.path().string() + " opens and is up to date"},
                check_key(settings, database),
                check_clock(database, system_now),
                check_backups(settings, database),
                check_resolver(database)};
    } catch (const std::exception& failure) {
        return {{"database", Verdict::error, failure.what()}};
    }
}

Diagnoses look_at_all(const Settings& settings) {
    auto diagnoses = look_into_database(settings);
    std::ranges::move(check_permissions(settings), std::back_inserter(diagnoses));
    for (auto* const check : {check_space, check_file_system, check_authorities, check_certificate,
                              check_file_limit, check_memory})
        diagnoses.push_back(check(settings));
    return diagnoses;
}

int examine(const Settings& settings, const DoctorOptions& options) {
    static constexpr std::array<std::string_view, 3> columns{"result", "check", "found"};
    const auto diagnoses = look_at_all(settings);
    std::vector<Row> rows;
    for (const auto& [check, verdict, text] : diagnoses)
        rows.push_back({{"result", to_string(verdict)}, {"check", check}, {"found", text}});
    print_list(std::cout, options.format, columns, rows);
    return std::ranges::count(diagnoses, Verdict::error, &Diagnosis::verdict) == 0 ? 0 : 1;
}

}  // namespace

void add_doctor(CLI::App& line, Invocation& invocation) {
    auto* const command =
        add_command(line, "doctor",
                    "Look for what keeps the daemon from serving well, and tell what to do; 1 on an error");
    auto& options = when_chosen(*command, invocation, examine);
    add_json_flag(*command, options.format);
}

}  // namespace gateway::command
