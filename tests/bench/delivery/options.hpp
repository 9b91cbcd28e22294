// What the load is to do, as its command line says.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/types.h>

namespace gateway::bench {

/// What makes the events.
enum class Operation { publish_events, create_user, create_user_session };

/// What each means is told at the head of delivery_load.cpp.
struct Options {
    Operation operation = Operation::publish_events;
    std::uint16_t port = 0;
    std::string token;
    std::size_t receivers = 100;
    std::size_t fan_out = 1;
    std::size_t batch = 1;
    std::size_t connections = 64;
    double rate = 0;
    bool alone = false;
    double seconds = 5;
    std::uint64_t events = 0;
    std::string certificate;
    std::array<std::size_t, 3> bad{};  ///< hanging, dripping, failing
    bool leave = false;
    pid_t daemon = 0;
};

/// Throws std::runtime_error for what is not understood.
Options read_options(int argc, char** argv);

}  // namespace gateway::bench
