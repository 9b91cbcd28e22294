#include "server/api/wire.hpp"

namespace gateway {

void tag_invoke(const boost::json::value_from_tag&, boost::json::value& out, const EventSet& events) {
    auto& array = out.emplace_array();
    for (const auto type : events.in_order())
        array.emplace_back(to_string(type));
}

}  // namespace gateway

namespace gateway::api {

void tag_invoke(const boost::json::value_from_tag&, boost::json::value& out, const DateTime& time) {
    out.emplace_string() = format_timestamp(time.time);
}

}  // namespace gateway::api
