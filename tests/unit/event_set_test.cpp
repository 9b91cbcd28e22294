#include "storage/values/event_set.hpp"

#include <boost/test/unit_test.hpp>

#include <initializer_list>
#include <stdexcept>
#include <string>

namespace gateway {

namespace {

EventSet set_of(const std::initializer_list<EventType> types) {
    EventSet events;
    for (const EventType type : types)
        events.add(type);
    return events;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_set_test)

BOOST_AUTO_TEST_CASE(every_event_type_has_a_name_that_reads_back) {
    for (const auto name : event_type_names) {
        const auto type = parse_event_type(name);
        BOOST_REQUIRE(type.has_value());
        BOOST_TEST(to_string(*type) == name);
    }
    BOOST_TEST(to_string(EventType::user_created) == "user.created");
    BOOST_TEST(to_string(EventType::user_session_revoked) == "user.session.revoked");
}

BOOST_AUTO_TEST_CASE(only_an_exact_name_is_an_event_type) {
    for (const auto* const name :
         {"", "user", "user.create", "user.created ", "User.created", "user_created", "user.flown"})
        BOOST_TEST(!parse_event_type(name).has_value(), name);
}

BOOST_AUTO_TEST_CASE(a_set_keeps_the_order_of_addition) {
    EventSet events;
    BOOST_TEST(events.add(EventType::user_session_revoked));
    BOOST_TEST(events.add(EventType::user_created));
    BOOST_TEST(events.add(EventType::user_deleted));
    BOOST_TEST(to_json_text(events) == R"(["user.session.revoked","user.created","user.deleted"])");
}

BOOST_AUTO_TEST_CASE(adding_a_member_again_changes_nothing) {
    EventSet events = set_of({EventType::user_deleted, EventType::user_created});
    BOOST_TEST(!events.add(EventType::user_deleted));
    BOOST_TEST(to_json_text(events) == R"(["user.deleted","user.created"])");
}

BOOST_AUTO_TEST_CASE(a_removed_member_is_gone_and_the_others_keep_their_order) {
    EventSet events =
        set_of({EventType::user_deleted, EventType::user_created, EventType::user_profile_updated});
    BOOST_TEST(events.remove(EventType::user_deleted));
    BOOST_TEST(!events.contains(EventType::user_deleted));
    BOOST_TEST(!events.remove(EventType::user_deleted));
    BOOST_TEST(to_json_text(events) == R"(["user.created","user.profile.updated"])");
}

BOOST_AUTO_TEST_CASE(a_member_that_was_removed_and_added_again_stands_last) {
    EventSet events = set_of({EventType::user_deleted, EventType::user_created});
    events.remove(EventType::user_deleted);
    events.add(EventType::user_deleted);
    BOOST_TEST(to_json_text(events) == R"(["user.created","user.deleted"])");
}

BOOST_AUTO_TEST_CASE(a_set_holds_every_type_and_is_emptied_again) {
    EventSet events;
    for (const auto name : event_type_names)
        BOOST_TEST(events.add(*parse_event_type(name)));
    BOOST_TEST(events.in_order().size() == event_type_names.size());
    for (const auto name : event_type_names)
        BOOST_TEST(events.remove(*parse_event_type(name)));
    BOOST_TEST(to_json_text(events) == "[]");
}

BOOST_AUTO_TEST_CASE(sets_are_equal_when_their_members_stand_in_the_same_order) {
    const EventSet one = set_of({EventType::user_created, EventType::user_deleted});
    EventSet other = set_of({EventType::user_profile_updated, EventType::user_created});
    BOOST_CHECK(!(one == other));
    other.remove(EventType::user_profile_updated);
    other.add(EventType::user_deleted);
    BOOST_CHECK(one == other);
    BOOST_CHECK(!(one == set_of({EventType::user_deleted, EventType::user_created})));
}

BOOST_AUTO_TEST_CASE(what_is_written_reads_back) {
    const EventSet events = set_of({EventType::user_session_created, EventType::user_identifier_deleted});
    BOOST_CHECK(parse_event_set(to_json_text(events)) == events);
    BOOST_CHECK(parse_event_set("[]") == EventSet());
}

BOOST_AUTO_TEST_CASE(json_that_a_person_wrote_with_spaces_is_read_too) {
    const EventSet events = set_of({EventType::user_created, EventType::user_deleted});
    BOOST_CHECK(parse_event_set(" [ \"user.created\" ,\n \"user\\u002edeleted\" ] ") == events);
}

BOOST_AUTO_TEST_CASE(anything_but_an_array_of_distinct_event_types_is_refused_with_the_text) {
    for (const std::string text :
         {"", "null", "{}", R"("user.created")", R"(["user.created")", R"(["user.flown"])", "[1]", "[null]",
          R"([["user.created"]])", R"(["user.created","user.created"])", R"(["user.created"] x)"}) {
        const auto quotes_it = [&](const std::runtime_error& error) {
            return std::string(error.what()).find(text) != std::string::npos;
        };
        BOOST_CHECK_EXCEPTION(parse_event_set(text), std::runtime_error, quotes_it);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
