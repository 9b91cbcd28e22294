// How the values that all operations share are written as JSON.
#pragma once

#include "storage/values/event_set.hpp"
#include "storage/values/timestamp.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include <array>
#include <string>
#include <string_view>

namespace gateway {

/// An array of names, in the order of addition.
void tag_invoke(const boost::json::value_from_tag&, boost::json::value& out, const EventSet& events);

}  // namespace gateway

namespace gateway::api {

/// A point in time, written in RFC 3339 with milliseconds.
struct DateTime {
    Timestamp time;
};

void tag_invoke(const boost::json::value_from_tag&, boost::json::value& out, const DateTime& time);

/// {"<key>": <value>}, the form of every answer with a resource.
template <class T>
std::string to_json(const std::string_view key, const T& value) {
    std::array<unsigned char, 4096> buffer;  // NOLINT(*-member-init): scratch space
    boost::json::monotonic_resource memory(buffer.data(), buffer.size());
    boost::json::object object(&memory);
    object.emplace(key, boost::json::value_from(value, &memory));
    return boost::json::serialize(object);
}

}  // namespace gateway::api
