#include "server/gateway/http_date.hpp"

#include <array>
#include <ctime>

namespace gateway {

std::string_view HttpDate::now() {
    const auto second = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (second != second_ || text_.empty()) {
        second_ = second;
        const std::time_t time = second.time_since_epoch().count();
        std::tm parts{};
        gmtime_r(&time, &parts);
        std::array<char, 32> buffer{};
        // The process never calls setlocale(), so the names of days and months are English.
        const auto length = std::strftime(buffer.data(), buffer.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        text_.assign(buffer.data(), length);
    }
    return text_;
}

}  // namespace gateway
