// The headers of Standard Webhooks (https://www.standardwebhooks.com), which its libraries verify.
#pragma once

#include "server/delivery/webhook_secrets.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace gateway::delivery {

/// The value of `webhook-id`: "msg_" and a digest, so the same for the same events in the same order to the
/// same webhook, whenever that is.
std::string message_id(std::string_view webhook_id, std::span<const std::string> event_ids);

/// The value of `webhook-signature`: "v1," and the HMAC-SHA256 over "<id>.<time>.<body>" in base64 for each
/// secret, with a blank between two. `time` is the value of `webhook-timestamp`, in seconds. About 3 µs for
/// 1 KB of body. Throws std::runtime_error where OpenSSL fails.
std::string standard_signature(const WebhookSecrets& secrets, std::string_view id,
                               std::chrono::sys_seconds time, std::string_view body);

}  // namespace gateway::delivery
