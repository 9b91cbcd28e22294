// The requests of the load.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway::bench {

/// Each event has its number hidden in it, in a text that the daemon passes through: behind this, in so many
/// digits.
inline constexpr std::string_view mark = "\"note\":\"";
inline constexpr std::size_t digits = 26;

std::string in_digits(std::uint64_t number);

/// "0000000" and so on.
std::string app_id(std::size_t number);

/// `path` is below /v2/session/apps/.
std::string request(std::string_view method, const std::string& path, const std::string& token,
                    std::string_view body);

/// The body of publishEvents: so many events, from this number on.
std::string events_body(std::uint64_t first, std::size_t count);

/// The body of createUser, for a user with the e-mail address of this name; `note` may be empty.
std::string user_body(const std::string& name, const std::string& note);

/// The body of createUserSession for that user.
std::string session_body(const std::string& name, const std::string& note);

}  // namespace gateway::bench
