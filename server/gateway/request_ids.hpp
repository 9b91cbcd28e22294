// Ids for requests whose client sent none.
#pragma once

#include "storage/values/type_id.hpp"

#include <cstdint>
#include <string>

namespace gateway {

/// "req_" and 32 hexadecimal digits: a random part for this object, then a count. Not secret, never the same
/// twice. Used on one thread.
class RequestIds {
  public:
    explicit RequestIds(const RandomSource& random);

    std::string next();

  private:
    std::string prefix_;
    std::uint64_t count_ = 0;
};

}  // namespace gateway
