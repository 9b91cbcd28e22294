#include "server/command/line_parts.hpp"
#include "server/command/subcommand.hpp"
#include "server/gateway/connect/proto_schema.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace gateway::command {

void add_proto(CLI::App& line, Invocation& invocation) {
    auto* const command = add_command(
        line, "proto", "Print the schema that clients of the Connect protocol are made from, and exit");
    command->callback([&invocation] {
        invocation.action = [](const LoadedSettings&) {
            std::cout << connect::proto_text(connect::ProtoSchema(api::tags()));
            return 0;
        };
    });
}

}  // namespace gateway::command
