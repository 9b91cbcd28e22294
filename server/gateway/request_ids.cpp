#include "server/gateway/request_ids.hpp"

#include "storage/values/encoding.hpp"

#include <boost/endian/conversion.hpp>

#include <array>

namespace gateway {

RequestIds::RequestIds(const RandomSource& random) {
    std::array<std::uint8_t, 8> bytes{};
    random(bytes);
    prefix_ = "req_" + hex_encode(bytes);
}

std::string RequestIds::next() {
    std::array<std::uint8_t, 8> bytes{};
    boost::endian::store_big_u64(bytes.data(), ++count_);
    return prefix_ + hex_encode(bytes);
}

}  // namespace gateway
