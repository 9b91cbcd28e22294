// What the settings say of serving.
#pragma once

#include "server/api/services.hpp"
#include "server/settings/server_section.hpp"
#include "server/settings/webhooks_section.hpp"

#include <memory>

namespace gateway {

/// As one request finds it; never changed, but replaced by another.
struct ServingRules {
    ServerSettings server;
    EventSettings events;
    std::shared_ptr<const api::Services> services;
};

}  // namespace gateway
