#include "server/gateway/target.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/url/pct_string_view.hpp>

namespace gateway {

namespace urls = boost::urls;

std::pair<std::string_view, std::string_view> split_target(std::string_view target) {
    constexpr std::string_view mark = "://";
    const auto scheme = target.starts_with('/') ? std::string_view() : target.substr(0, target.find(mark));
    if (boost::beast::iequals(scheme, "http") || boost::beast::iequals(scheme, "https")) {
        target.remove_prefix(std::min(scheme.size() + mark.size(), target.size()));
        target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    }
    const auto end = std::min(target.find('?'), target.size());
    return {target.substr(0, end), target.substr(std::min(end + 1, target.size()))};
}

std::optional<std::string> percent_decoded(const std::string_view text, const bool plus_is_space) {
    const bool is_plain = !plus_is_space && text.find('%') == std::string_view::npos;  // nearly always
    if (is_plain) return std::string(text);
    const auto encoded = urls::make_pct_string_view(text);
    if (!encoded) return std::nullopt;
    urls::encoding_opts options;
    options.space_as_plus = plus_is_space;
    std::string decoded;
    encoded->decode(options, urls::string_token::assign_to(decoded));
    return decoded;
}

}  // namespace gateway
