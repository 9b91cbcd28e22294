// What publishing does, in a transaction of its own, without a server.

#include "server/api/events.hpp"

#include "server/api/mode.hpp"
#include "tests/unit/service_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

namespace gateway::api {

namespace {

using storage::Transaction;

const std::string deleted = R"({"user_id":"usr_1","deleted_at":"2025-03-15T12:00:00.000Z"})";
const std::string created(example_payload(EventType::user_created));

std::string event(const std::string& type, const std::string& payload, const std::string& rest = "") {
    return R"({"type":")" + type + R"(","payload":)" + payload + rest + "}";
}

Result<PublishEventsRequest> read_body(const std::string& body) {
    return read_request<PublishEventsRequest>({{{"app_id", test::ServiceFixture::app}}, body});
}

/// All that is wrong with a body; empty where it is good.
std::string faults_of(const std::string& body) {
    const auto request = read_body(body);
    return request.has_error() ? request.error().message : "";
}

std::string fault_of_payload(const std::string& type, const std::string& payload) {
    return faults_of(event(type, payload));
}

std::string payload_of(const std::string& body) {
    const auto request = read_body(body);
    BOOST_TEST_REQUIRE(request.has_value(), faults_of(body));
    return request->events->events.at(0).payload->text;
}

struct Fixture : test::ServiceFixture {
    delivery::Feed feed;

    Fixture() { services.feed = &feed; }

    Result<PublishedEventsResponse> publish(const std::string& body, const std::string& of_app = app) {
        auto request = read_body(body).value();
        request.app_id = of_app;
        return write(
            [&](Transaction& transaction) { return publish_events(transaction, request, services); });
    }

    /// A column of the events, oldest first.
    std::string ask(const std::string& sql) const {
        SQLite::Database file((folder.path() / "gateway.db").string());
        SQLite::Statement rows(file, sql);
        std::string answer;
        while (rows.executeStep())
            answer += rows.getColumn(0).getString() + ";";
        return answer;
    }

    void change(const std::string& id, const std::function<void(storage::Webhook&)>& how) {
        write([&](Transaction& transaction) {
            auto webhook = storage::find_webhook(transaction, id).value();
            how(webhook);
            storage::update_webhook(transaction, webhook);
            return true;
        });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(events_test, Fixture)

BOOST_AUTO_TEST_CASE(an_event_is_read_with_its_tokens_as_they_are_written) {
    BOOST_TEST(
        payload_of(
            R"( { "payload" : { "user_id" : "\u0075sr\/" , "deleted_at":"x", "n" : 1.500e+400,)"
            R"( "big":123456789012345678901234567890 , "list":[ 1 , {} ] } , "type":"user.deleted" })") ==
        R"({"user_id":"\u0075sr\/","deleted_at":"x","n":1.500e+400,)"
        R"("big":123456789012345678901234567890,"list":[1,{}]})");
}

BOOST_AUTO_TEST_CASE(every_example_is_a_good_payload) {
    for (std::size_t i = 0; i < event_type_names.size(); ++i) {
        const auto type = static_cast<EventType>(i);
        BOOST_TEST(fault_of_payload(std::string(to_string(type)), std::string(example_payload(type))) == "");
    }
}

BOOST_AUTO_TEST_CASE(all_faults_of_a_payload_are_told) {
    BOOST_TEST(fault_of_payload("user.created", "{}") ==
               "payload.user_id: missing, expected a text. payload.identifiers: missing, expected an array, "
               "each item an object with type and value. payload.profile: missing, expected an object. "
               "payload.source: missing, expected a text. payload.created_at: missing, expected a time as a "
               "text.");
    BOOST_TEST(
        fault_of_payload("user.created", R"({"user_id":1,"identifiers":{},"profile":[],"source":null,)"
                                         R"("created_at":true})") ==
        "payload.user_id: found the number 1, expected a text. payload.identifiers: found an object, "
        "expected an array, each item an object with type and value. payload.profile: found an array, "
        "expected an object. payload.source: found null, expected a text. payload.created_at: found true, "
        "expected a time as a text.");
    BOOST_TEST(fault_of_payload("user.identifier.created",
                                R"({"user_id":"","created_at":"","identifier":{"type":"fax"}})") ==
               R"(payload.identifier.type: found "fax", expected phone_number or email_address. )"
               "payload.identifier.value: missing, expected a text.");
    BOOST_TEST(fault_of_payload("user.created",
                                R"({"user_id":"u","identifiers":[{"type":"phone_number",)"
                                R"("value":"1"},7,8],"profile":{},"source":"s","created_at":""})") ==
               "payload.identifiers[1]: found the number 7, expected an object with type and value.");
}

BOOST_AUTO_TEST_CASE(a_payload_that_receivers_would_stumble_over_is_refused) {
    BOOST_TEST(fault_of_payload("user.deleted", "[]") == "payload: found an array, expected a JSON object.");
    BOOST_TEST(
        fault_of_payload("user.deleted", R"({"user_id":"u","deleted_at":"","x":{"a":1,"\u0061":2}})") ==
        R"(payload: found the key "a" twice, expected each key once.)");
    const auto with = [](const std::string& value) {
        return R"({"user_id":"u","deleted_at":"","x":)" + value + "}";
    };
    const auto nested = [](const std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    BOOST_TEST(fault_of_payload("user.deleted", with(nested(payload_limits.depth - 1))) == "");
    BOOST_TEST(fault_of_payload("user.deleted", with(nested(payload_limits.depth))) ==
               "payload: found more than 32 values inside each other, expected fewer.");
    const auto around = with(R"("")").size();
    const auto of_size = [&](const std::size_t size) {
        return with('"' + std::string(size - around, 'x') + '"');
    };
    BOOST_TEST(fault_of_payload("user.deleted", of_size(262'144)) == "");
    BOOST_TEST(fault_of_payload("user.deleted", of_size(262'145)) ==
               "payload: found 262145 bytes without white space, expected at most 262144.");
}

BOOST_AUTO_TEST_CASE(all_faults_of_a_body_are_told_with_their_places) {
    BOOST_TEST(faults_of("") == "The request body is empty; a JSON object is expected.");
    BOOST_TEST(faults_of("{}").starts_with("type: missing, expected one of user.created, "));
    BOOST_TEST(faults_of("{}").ends_with("payload: missing, expected a JSON object."));
    BOOST_TEST(faults_of(R"({"events":[]})") ==
               "events: found an array of 0, expected an array of 1 to 100 events.");
    BOOST_TEST(faults_of(R"({"events":5})") ==
               "events: found the number 5, expected an array of 1 to 100 events.");
    BOOST_TEST(faults_of(R"({"events":[)" + event("user.deleted", deleted) + R"(],"type":"user.deleted"})") ==
               "type: found beside events, expected in its items.");
    BOOST_TEST(faults_of(R"({"events":[)" + event("user.deleted", deleted) + "," +
                         event("user.deleted", R"({"deleted_at":""})", R"(,"id":"a b")") + ",[]]}") ==
               R"(events[1].id: found "a b", expected a text of 1 to 64 visible characters. )"
               "events[1].payload.user_id: missing, expected a text. events[2]: found an array, expected an "
               "object.");
}

BOOST_AUTO_TEST_CASE(an_unknown_type_has_a_code_of_its_own) {
    for (const auto& body : {event("user.renamed", deleted), R"({"events":[)" + event("x", deleted) + "]}"}) {
        const auto error = read_body(body).error();
        BOOST_TEST((error.code == ErrorCode::invalid_webhook_event));
        BOOST_TEST(error.message.find("expected one of user.created") != std::string::npos);
    }
    BOOST_TEST((read_body(event("user.deleted", "{}")).error().code == ErrorCode::invalid_request));
    BOOST_TEST((read_body("{}").error().code == ErrorCode::invalid_request));
}

BOOST_AUTO_TEST_CASE(a_list_has_at_most_a_hundred_events) {
    const auto list = [](const std::size_t count) {
        std::string body = R"({"events":[)";
        for (std::size_t i = 0; i < count; ++i)
            body += (i > 0 ? "," : "") + event("user.deleted", deleted);
        return body + "]}";
    };
    BOOST_TEST(read_body(list(100)).value().events->events.size() == 100U);
    BOOST_TEST(faults_of(list(101)) ==
               "events: found an array of 101, expected an array of 1 to 100 events.");
}

BOOST_AUTO_TEST_CASE(a_correlation_id_is_delivered_in_the_payload) {
    BOOST_TEST(payload_of(event("user.deleted", deleted, R"(,"correlation_id":"a\"b")")) ==
               deleted.substr(0, deleted.size() - 1) + R"(,"correlation_id":"a\"b"})");
    const auto inside = deleted.substr(0, deleted.size() - 1) + R"(,"correlation_id":"c"})";
    BOOST_TEST(payload_of(event("user.deleted", inside)) == inside);
    BOOST_TEST(payload_of(event("user.deleted", inside, R"(,"correlation_id":"c")")) == inside);
    BOOST_TEST(faults_of(event("user.deleted", inside, R"(,"correlation_id":"d")")) ==
               R"(correlation_id: found "d" here and "c" in the payload, expected the same in both places.)");
    BOOST_TEST(faults_of(event("user.deleted", R"({"user_id":"","deleted_at":"","correlation_id":1})")) ==
               "payload.correlation_id: found the number 1, expected a text of 1 to 256 characters.");
    BOOST_TEST(faults_of(event("user.deleted", deleted, R"(,"correlation_id":"")")) ==
               "correlation_id: found 0 characters, expected 1 to 256.");
    BOOST_TEST(publish(event("user.deleted", inside)).value().events[0].correlation_id->text == "c");
}

BOOST_AUTO_TEST_CASE(an_event_and_its_deliveries_are_written_and_told) {
    const auto first = activated();
    const auto second = activated();
    ServiceFixture::created();
    const auto answer =
        publish(event("user.created", api::created, R"(,"id":"c-1","correlation_id":"x")")).value();
    BOOST_TEST_REQUIRE(answer.events.size() == 1U);
    const auto& published = answer.events[0];
    BOOST_TEST(published.id.starts_with("evt_"));
    BOOST_TEST(published.client_id->text == "c-1");
    BOOST_TEST((published.created_at.time == clock.now()));
    BOOST_TEST(ask("SELECT webhook || state FROM deliveries") == "1pending;2pending;");

    const auto news = feed.take();
    BOOST_TEST_REQUIRE(news.publications.size() == 1U);
    BOOST_TEST(news.publications[0].app_id == app);
    const auto& told = news.publications[0].events.at(0);
    BOOST_TEST((*told.recipients == delivery::Recipients{1, 2}));
    BOOST_TEST(told.item->number == 1);
    BOOST_TEST(told.item->id == published.id);
    BOOST_TEST(told.item->text == R"({"id":")" + published.id + R"(","type":"user.created","payload":)" +
                                      api::created.substr(0, api::created.size() - 1) +
                                      R"(,"correlation_id":"x"},"created_at":"2025-03-15T12:00:00.000Z"})");
}

BOOST_AUTO_TEST_CASE(an_event_for_nobody_is_kept_and_not_told) {
    BOOST_TEST(publish(event("user.created", api::created)).has_value());
    BOOST_TEST(ask("SELECT count(*) FROM events") == "1;");
    BOOST_TEST(ask("SELECT webhooks FROM audiences") == "[];");
    BOOST_TEST(ask("SELECT count(*) FROM deliveries") == "0;");
    BOOST_TEST(feed.take().publications.empty());
}

BOOST_AUTO_TEST_CASE(an_equal_set_of_webhooks_is_one_audience) {
    const auto id = activated();
    const auto body = event("user.created", api::created);
    for (int i = 0; i < 2; ++i) {
        publish(body).value();
        change(id, [](auto& webhook) { webhook.active = false; });
        publish(body).value();
        change(id, [](auto& webhook) { webhook.active = true; });
    }
    BOOST_TEST(ask("SELECT webhooks FROM audiences ORDER BY number") == "[1];[];");
    BOOST_TEST(ask("SELECT audience FROM events ORDER BY number") == "1;2;1;2;");
    BOOST_TEST(ask("SELECT webhook || ':' || audience FROM audience_members") == "1:1;");
}

BOOST_AUTO_TEST_CASE(an_event_goes_to_whom_it_belongs) {
    activated();
    publish(event("user.deleted", deleted)).value();
    publish(event("user.created", api::created), other_app).value();
    BOOST_TEST(ask("SELECT count(*) FROM deliveries") == "0;");
}

BOOST_AUTO_TEST_CASE(the_same_id_publishes_once) {
    activated();
    const auto body = event("user.created", api::created, R"(,"id":"c-1")");
    const auto first = publish(body).value().events[0];
    clock.advance(std::chrono::seconds(1));
    const auto second = publish(" " + body).value().events[0];
    BOOST_TEST(second.id == first.id);
    BOOST_TEST((second.created_at.time == first.created_at.time));
    BOOST_TEST(ask("SELECT count(*) FROM deliveries") == "1;");
    BOOST_TEST(feed.take().publications.size() == 1U);
    BOOST_TEST(publish(body, other_app).value().events[0].id != first.id);
}

BOOST_AUTO_TEST_CASE(the_same_id_with_another_content_is_a_conflict) {
    publish(event("user.deleted", deleted, R"(,"id":"c-1")")).value();
    const auto other = R"({"user_id":"usr_2","deleted_at":""})";
    for (const auto& body : {event("user.deleted", other, R"(,"id":"c-1")"),
                             event("user.deleted", deleted, R"(,"id":"c-1","correlation_id":"x")"),
                             event("user.created", api::created, R"(,"id":"c-1")")}) {
        const auto error = publish(body).error();
        BOOST_TEST((error.code == ErrorCode::event_already_exists));
        BOOST_TEST(error.message.starts_with(R"(id: found "c-1", )"));
    }
}

BOOST_AUTO_TEST_CASE(a_call_is_published_whole_or_not_at_all) {
    activated();
    const auto created_event = event("user.created", api::created);
    const auto twice = event("user.deleted", deleted, R"(,"id":"c-1")");
    const auto other = event("user.deleted", R"({"user_id":"usr_2","deleted_at":""})", R"(,"id":"c-1")");
    const auto error = publish(R"({"events":[)" + created_event + "," + twice + "," + other + "]}").error();
    BOOST_TEST((error.code == ErrorCode::event_already_exists));
    BOOST_TEST(error.message.starts_with(R"(events[2].id: found "c-1", )"));
    BOOST_TEST(ask("SELECT count(*) FROM events") == "0;");
    BOOST_TEST(ask("SELECT count(*) FROM audiences") == "0;");
    BOOST_TEST(feed.take().publications.empty());

    const auto answer = publish(R"({"events":[)" + twice + "," + created_event + "," + twice + "]}").value();
    BOOST_TEST_REQUIRE(answer.events.size() == 3U);
    BOOST_TEST(answer.events[0].id == answer.events[2].id);
    BOOST_TEST(answer.events[0].id < answer.events[1].id);
    BOOST_TEST(ask("SELECT count(*) FROM events") == "2;");
}

BOOST_AUTO_TEST_CASE(a_call_leads_to_a_bounded_number_of_deliveries) {
    activated();
    for (int i = 2; i <= 101; ++i) {
        tamper(
            "INSERT INTO webhooks (id, app_id, url, events, active, created_at, updated_at, "
            "verification_token_sealed) SELECT 'web_" +
            std::to_string(i) +
            "', app_id, url, events, active, created_at, updated_at, verification_token_sealed FROM webhooks "
            "WHERE number = 1");
    }
    std::string body = R"({"events":[)";
    for (int i = 0; i < 99; ++i)
        body += event("user.created", api::created) + ",";
    BOOST_TEST(publish(body + event("user.deleted", deleted) + "]}").has_value());
    const auto error = publish(body + event("user.created", api::created) + "]}").error();
    BOOST_TEST((error.code == ErrorCode::invalid_request));
    BOOST_TEST(error.message.find("more than 10000 deliveries") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
