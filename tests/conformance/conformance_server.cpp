// usage: conformance_server FOLDER...
//
// The server that Connect's conformance tool tests: the daemon, with the tool's service as its operations by
// name. The folders hold the tool's .proto files and those of Protocol Buffers. The tool says on standard
// input what it wants of the server, hears on standard output where that listens, and ends it with SIGTERM.

#include "server/daemon.hpp"
#include "server/gateway/rest/rest_binding.hpp"
#include "storage/values/encoding.hpp"
#include "tests/conformance/conformance_binding.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/endian/conversion.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace gateway;  // NOLINT(google-build-using-namespace): a program of one file
namespace json = boost::json;

// What the tool says and hears, has its size before it: four bytes, the highest first.
using Size = std::array<char, 4>;
constexpr std::uint32_t largest_message = 1'048'576;

std::string read_message(std::istream& in) {
    Size bytes{};
    in.read(bytes.data(), bytes.size());
    const auto size = boost::endian::load_big_u32(reinterpret_cast<unsigned char*>(bytes.data()));  // NOLINT
    if (!in || size > largest_message) throw std::runtime_error("standard input: expected a message");
    std::string message(size, '\0');
    if (!in.read(message.data(), size)) throw std::runtime_error("standard input: the message is not whole");
    return message;
}

void write_message(std::ostream& out, const std::string& message) {
    Size bytes{};
    boost::endian::store_big_u32(reinterpret_cast<unsigned char*>(bytes.data()),  // NOLINT
                                 static_cast<std::uint32_t>(message.size()));
    out.write(bytes.data(), bytes.size());
    out << message << std::flush;
}

/// Of a message's field of bytes, which are base64 in its JSON.
void save(const std::filesystem::path& file, const json::value& bytes) {
    std::string text(bytes.as_string());
    text.erase(std::min(text.find('='), text.size()));
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    const auto content = base64url_decode(text).value();
    std::ofstream(file).write(reinterpret_cast<const char*>(content.data()),  // NOLINT
                              static_cast<std::streamsize>(content.size()));
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
}

Settings settings_for(const json::object& wanted, const std::filesystem::path& folder) {
    Settings settings;
    settings.database.path = folder / "gateway.db";
    settings.secrets.key_file = folder / "gateway.key";
    settings.log.level = LogLevel::error;
    settings.server.port = 0;
    if (const auto* const limit = wanted.if_contains("messageReceiveLimit"))
        settings.server.max_body = limit->to_number<std::uint64_t>();
    if (wanted.contains("useTls")) {
        settings.server.listen = {"https://127.0.0.1:0"};
        settings.server.tls_certificate = folder / "certificate.pem";
        settings.server.tls_key = folder / "key.pem";
        save(settings.server.tls_certificate, wanted.at("serverCreds").at("cert"));
        save(settings.server.tls_key, wanted.at("serverCreds").at("key"));
    }
    return settings;
}

void serve(const conformance::ProtoFiles& protos) {
    const auto type_of = [](const std::string& name) { return std::string(conformance::package) + name; };
    const auto wanted = protos.to_json(type_of(".ServerCompatRequest"), read_message(std::cin)).value();
    const test::TemporaryFolder folder;
    const auto settings = settings_for(wanted, folder.path());

    Log log(settings.log, system_now);
    boost::asio::io_context context(1);
    boost::asio::signal_set stop(context, SIGTERM, SIGINT);
    stop.async_wait([&context](const boost::system::error_code&, int) { context.stop(); });
    command::Dependencies dependencies;
    dependencies.bindings =
        Bindings(std::make_unique<RestBinding>(api::tags()),
                 std::make_unique<conformance::ConformanceBinding>(protos), conformance::package);
    command::Daemon daemon(context, settings, log, std::move(dependencies));
    daemon.server().start();

    const auto place = std::get<boost::asio::ip::tcp::endpoint>(daemon.server().addresses().front().place);
    json::object told{{"host", "127.0.0.1"}, {"port", place.port()}};
    if (wanted.contains("useTls")) told["pemCert"] = wanted.at("serverCreds").at("cert");
    write_message(std::cout,
                  protos.to_bytes(type_of(".ServerCompatResponse"), json::serialize(told)).value());
    context.run();
    daemon.stop(settings.server.shutdown_timeout);
}

}  // namespace

int main(const int count, const char* const* const arguments) {
    try {
        constexpr std::string_view files[] = {"connectrpc/conformance/v1/service.proto",
                                              "connectrpc/conformance/v1/server_compat.proto"};
        const std::vector<std::filesystem::path> folders(arguments + 1, arguments + count);
        serve(conformance::ProtoFiles(folders, files));
    } catch (const std::exception& error) {
        std::cerr << "conformance_server: " << error.what() << '\n';
        return 1;
    }
}
