#include "server/gateway/rest/app_host.hpp"

#include "storage/tables/apps.hpp"

#include <boost/algorithm/string/case_conv.hpp>

namespace gateway {

namespace {

/// Of an absolute target (RFC 9112, section 3.2.2: it goes before the field); empty of any other.
std::string_view authority_of(std::string_view target) {
    constexpr std::string_view mark = "://";
    const auto begin = target.find(mark);
    if (target.starts_with('/') || begin == std::string_view::npos) return {};
    target.remove_prefix(begin + mark.size());
    return target.substr(0, target.find_first_of("/?"));
}

}  // namespace

std::optional<std::string> app_of_host(const std::string_view target, const std::string_view host_field,
                                       const std::string_view suffix) {
    const auto authority = authority_of(target);
    const auto host = authority.empty() ? host_field : authority;
    const auto name = boost::to_lower_copy(std::string(host.substr(0, host.find(':'))));
    const auto dot = name.find('.');
    if (suffix.empty() || dot == std::string::npos || name.substr(dot + 1) != suffix) return std::nullopt;
    auto app = name.substr(0, dot);
    return storage::is_app_id(app) ? std::optional(std::move(app)) : std::nullopt;
}

}  // namespace gateway
