// Untrusted text inside a message.
#pragma once

#include <string>
#include <string_view>

namespace gateway {

/// "\x1b" for the byte 1B.
std::string escaped(char byte);

/// The same text, all of it, safe on a terminal and on one line: control characters and invalid UTF-8 are
/// written as \xNN.
std::string printable(std::string_view text);

/// A piece of the caller's input as a message may repeat it: in double quotes, at most 64 characters, control
/// characters and invalid UTF-8 escaped.
std::string quote(std::string_view input);

}  // namespace gateway
