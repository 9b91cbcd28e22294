// Untrusted text inside a message.
#pragma once

#include <string>
#include <string_view>

namespace gateway {

/// A piece of the caller's input as a message may repeat it: in double quotes, at most 64 characters, control
/// characters and invalid UTF-8 escaped.
std::string quote(std::string_view input);

}  // namespace gateway
