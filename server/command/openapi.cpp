#include "server/gateway/rest/openapi.hpp"

#include "server/command/line_parts.hpp"
#include "server/command/subcommand.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

namespace gateway::command {

void add_openapi(CLI::App& line, Invocation& invocation) {
    auto* const command =
        add_command(line, "openapi", "Print the API document that the daemon serves, and exit");
    command->callback([&invocation] {
        invocation.action = [](const LoadedSettings&) {
            std::cout << boost::json::serialize(openapi_document(api::tags())) << '\n';
            return 0;
        };
    });
}

}  // namespace gateway::command
