#include "server/command/json_source.hpp"

#include "server/api/json_text.hpp"
#include "server/api/payloads.hpp"
#include "server/command/line_parts.hpp"
#include "server/command/subcommand.hpp"
#include "server/text/plain_text.hpp"
#include "server/text/quote.hpp"

#include <cerrno>
#include <fstream>
#include <iostream>
#include <system_error>

namespace gateway::command {

namespace {

/// Of a text that is far too long for anything only the beginning, which is too long as well.
std::string read_text(std::istream& in, const std::string& place) {
    constexpr std::size_t enough = 4 * api::payload_limits.bytes;
    std::string text(enough, '\0');
    in.read(text.data(), enough);
    if (in.bad()) throw Failure("cannot read " + place);
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text;
}

}  // namespace

CLI::Option* add_json_source(CLI::App& command, const std::string& option, std::string& source,
                             const std::string& description) {
    return add_text(command, option, source, description + ", JSON: @FILE, or - for standard input")
        ->check([](const std::string& text) {
            return text == "-" || text.starts_with('@') ? "" : "expected @FILE or -";
        })
        ->type_name("@FILE|-");
}

std::string read_json(const std::string& source, const std::string_view what) {
    const auto path = source.substr(source.starts_with('@') ? 1 : 0);
    const bool is_file = source != "-";
    const auto place =
        "the " + std::string(what) + (is_file ? " in the file " + quote(path) : " in standard input");
    std::ifstream file;
    if (is_file) file.open(path, std::ios::binary);
    if (is_file && !file)
        throw Failure("cannot read " + place + ": " + std::generic_category().message(errno));
    const auto text = is_file ? read_text(file, place) : read_text(std::cin, place);
    boost::system::error_code error;
    auto json = api::compact_json(text, error);
    if (error) throw Failure(place + " is not JSON: " + error.message());
    return json;
}

}  // namespace gateway::command
