// An event as it stands in the body of a delivery.
#pragma once

#include <string>
#include <string_view>

namespace gateway::delivery {

/// `payload` is a JSON object; the rest needs no escapes.
inline std::string item_text(const std::string_view id, const std::string_view type,
                             const std::string_view payload, const std::string_view created_at,
                             const bool test) {
    std::string text;
    text.reserve(id.size() + type.size() + payload.size() + created_at.size() + 64);
    text.append(R"({"id":")").append(id).append(R"(","type":")").append(type).append(R"(","payload":)");
    text.append(payload).append(R"(,"created_at":")").append(created_at).append("\"");
    if (test) text.append(R"(,"test":true)");
    return text += "}";
}

}  // namespace gateway::delivery
