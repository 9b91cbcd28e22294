// The section [limits]: how much one caller may ask.
#pragma once

#include <cstddef>

namespace gateway {

struct LimitSettings {
    /// Of each API token, and of each address of callers without a good one; 0: no limit.
    std::size_t requests_per_second = 0;
    /// How many of them may come at once.
    std::size_t burst = 100;

    friend bool operator==(const LimitSettings&, const LimitSettings&) = default;
};

}  // namespace gateway
