// What the functions of transactions on users work with, and the events that they write.
#pragma once

#include "server/api/events.hpp"
#include "server/api/users.hpp"
#include "tests/unit/service_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <type_traits>
#include <vector>

namespace gateway::test {

inline const api::Identifier ada{api::IdentifierType::email_address, "ada@example.com"};
inline const api::Identifier phone{api::IdentifierType::phone_number, "+4915123456789"};

struct UserFixture : ServiceFixture {
    delivery::Feed feed;
    delivery::Intake intake;
    std::size_t seen = 0;  ///< events that new_events() has given

    UserFixture() {
        services.feed = &feed;
        services.intake = &intake;
    }

    /// What the function of an operation answers.
    template <auto function, class Request>
    auto change(const Request& request) {
        return write([&](storage::Transaction& transaction) {
            if constexpr (std::is_invocable_v<decltype(function), storage::Transaction&, const Request&,
                                              const api::Services&>)
                return function(transaction, request, services);
            else
                return function(transaction, request);
        });
    }

    Result<api::CreatedUserResponse> create(const api::CreateUserRequest& request) {
        return change<api::create_user>(request);
    }

    /// The id of a new one.
    std::string created(const std::vector<api::Identifier>& identifiers = {ada}) {
        auto id = create({.app_id = app, .identifiers = {identifiers}}).value().id;
        new_events();
        return id;
    }

    std::string ask(const std::string& sql) const {
        SQLite::Database file((folder.path() / "gateway.db").string());
        return file.execAndGet(sql).getString();
    }

    /// "<type> <payload>" of each event since the last call, in the order of their writing, each payload one
    /// that could have been published.
    std::vector<std::string> new_events() {
        const SQLite::Database file((folder.path() / "gateway.db").string());
        SQLite::Statement rows(file, "SELECT type, payload FROM events ORDER BY number");
        std::vector<std::string> events;
        for (std::size_t place = 0; rows.executeStep(); ++place) {
            if (place < seen) continue;
            const auto type = rows.getColumn(0).getString();
            const auto payload = rows.getColumn(1).getString();
            const auto body = std::string(R"({"type":")")
                                  .append(type)
                                  .append(R"(","payload":)")
                                  .append(payload)
                                  .append("}");
            const auto request = api::read_request<api::PublishEventsRequest>({{{"app_id", app}}, body});
            BOOST_TEST(request.has_value(), payload);
            events.push_back(std::string(type).append(" ").append(payload));
        }
        seen += events.size();
        return events;
    }

    /// That this and no more was written since the last look.
    void expect_event(const std::string& event) {
        const auto events = new_events();
        BOOST_TEST_REQUIRE(events.size() == 1U);
        BOOST_TEST(events[0] == event);
    }
};

}  // namespace gateway::test
