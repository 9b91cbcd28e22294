// The hosts of apps: `<app id>.<server.app_host_suffix>`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// The app that a request is sent to by its host alone: that of an absolute target, else of the field Host.
/// Port and case do not count. Nothing for any other host, and for an empty suffix.
std::optional<std::string> app_of_host(std::string_view target, std::string_view host_field,
                                       std::string_view suffix);

}  // namespace gateway
