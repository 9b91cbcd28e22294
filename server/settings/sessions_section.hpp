// The section [sessions].
#pragma once

#include <chrono>
#include <cstddef>

namespace gateway {

struct SessionSettings {
    /// Live sessions of one user; one more ends the oldest.
    std::size_t max_per_user = 100;
    /// From its creation on, after which a session ends by itself; 0: never. A little more than browsers keep
    /// what belongs to it.
    std::chrono::milliseconds max_age = std::chrono::days(400);

    friend bool operator==(const SessionSettings&, const SessionSettings&) = default;
};

}  // namespace gateway
