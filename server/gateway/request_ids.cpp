#include "server/gateway/request_ids.hpp"

#include "storage/values/encoding.hpp"

#include <array>

namespace gateway {

RequestIds::RequestIds(const RandomSource& random) {
    std::array<std::uint8_t, 8> bytes{};
    random(bytes);
    prefix_ = "req_" + hex_encode(bytes);
}

std::string RequestIds::next() {
    const std::uint64_t count = ++count_;
    std::array<std::uint8_t, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(count >> (56 - 8 * i));
    return prefix_ + hex_encode(bytes);
}

}  // namespace gateway
