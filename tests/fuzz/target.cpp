#include "tests/fuzz/target.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>

namespace gateway::fuzz {

void expect(const bool holds, const std::string_view what) {
    if (holds) return;
    std::cerr << "does not hold: " << what << std::endl;
    std::abort();
}

bool is_one_line(const std::string_view text) {
    const auto is_control = [](const char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
    if (std::ranges::any_of(text, is_control)) return false;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    boost::system::error_code error;
    boost::json::parse(quoted + '"', error);  // takes only what is UTF-8
    return !error;
}

}  // namespace gateway::fuzz
