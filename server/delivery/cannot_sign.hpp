// What stands between a delivery and its signature.
#pragma once

#include <stdexcept>

namespace gateway::delivery {

/// Nothing can be signed for an app or a webhook as things stand; what() tells an operator why and what to
/// do. It may be otherwise in a few seconds.
class CannotSign : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace gateway::delivery
