#include "server/api/verification_token.hpp"

#include "server/text/plain_text.hpp"

namespace gateway::api {

namespace {

constexpr std::size_t shortest = 1;
constexpr std::size_t longest = 100;

}  // namespace

Result<void> check_verification_token(const std::string_view token) {
    const auto fault = fault_in_plain_text(token, shortest, longest);
    if (fault) return ApiError{ErrorCode::invalid_request, "verification_token: " + *fault + "."};
    return {};
}

}  // namespace gateway::api
