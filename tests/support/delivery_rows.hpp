// Rows of events and deliveries as SQL, for tests of those who read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gateway::test {

/// An audience of one webhook, of which it is a member; its app must be there.
std::string audience_row(std::int64_t number, const std::string& app, std::string_view type,
                         std::int64_t webhook);

/// `count` events of an audience, numbered from `first` in steps of `step`, a second for each number after
/// 2025-03-15T12:00:00.000Z. Their ids are evt_0000001 and so on.
std::string event_rows(std::int64_t audience, std::int64_t first, std::int64_t count, std::int64_t step = 1);

/// A delivery of each event of an audience to a webhook; `columns` and `values` are what is not the default,
/// e.g. ", state" and ", 'expired'".
std::string delivery_rows(std::int64_t audience, std::int64_t webhook, std::string_view columns = {},
                          std::string_view values = {});

}  // namespace gateway::test
