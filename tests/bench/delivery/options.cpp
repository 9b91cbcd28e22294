#include "tests/bench/delivery/options.hpp"

#include "tests/bench/delivery/wire.hpp"

#include <stdexcept>
#include <string_view>

namespace gateway::bench {

namespace {

Operation operation_at(const std::string& name) {
    if (name == "publishEvents") return Operation::publish_events;
    if (name == "createUser") return Operation::create_user;
    if (name == "createUserSession") return Operation::create_user_session;
    throw std::runtime_error("unknown operation " + name);
}

}  // namespace

Options read_options(const int argc, char** const argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--alone") {
            options.alone = true;
            continue;
        }
        if (name == "--leave") {
            options.leave = true;
            continue;
        }
        if (++i == argc) throw std::runtime_error(std::string(name) + " needs a value");
        const std::string value = argv[i];
        const auto number = number_at(value);
        if (name == "--port")
            options.port = static_cast<std::uint16_t>(number);
        else if (name == "--token")
            options.token = value;
        else if (name == "--call")
            options.operation = operation_at(value);
        else if (name == "--receivers")
            options.receivers = number;
        else if (name == "--fan-out")
            options.fan_out = number;
        else if (name == "--batch")
            options.batch = number;
        else if (name == "--connections")
            options.connections = number;
        else if (name == "--rate")
            options.rate = std::stod(value);
        else if (name == "--seconds")
            options.seconds = std::stod(value);
        else if (name == "--events")
            options.events = number;
        else if (name == "--certificate")
            options.certificate = value;
        else if (name == "--hanging")
            options.bad[0] = number;
        else if (name == "--dripping")
            options.bad[1] = number;
        else if (name == "--failing")
            options.bad[2] = number;
        else if (name == "--daemon")
            options.daemon = static_cast<pid_t>(number);
        else
            throw std::runtime_error("unknown argument " + std::string(name));
    }
    return options;
}

}  // namespace gateway::bench
