#include "server/gateway/rest/router.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>

namespace gateway {

namespace {

using api::Method;
using api::Route;
using http::verb;

struct ThingRequest {
    std::string app_id;
    std::string thing_id;
    std::optional<std::string> colour;
    std::optional<std::string> shop_name;

    static constexpr auto describe() {
        return api::message("ThingRequest", api::field(&ThingRequest::app_id, {"app_id", {}}),
                            api::field(&ThingRequest::thing_id, {"thing_id", {}}),
                            api::field(&ThingRequest::colour, {"colour", {}}),
                            api::field(&ThingRequest::shop_name, {"shop_name", {}}).as_metadata());
    }
};

constexpr api::Performer performer{&api::message_type<ThingRequest>, &api::message_type<void>, nullptr};

api::Operation operation(const std::string_view id, const api::Routes& routes) {
    return {.id = id, .summary = {}, .routes = routes, .performer = performer};
}

const std::array operations{
    operation("list", Route{Method::get, "/apps/{appID}/things"}),
    operation("get", {{Method::get, "/apps/{appID}/things/{thingID}"}, {Method::get, "/things/{thingID}"}}),
    operation("delete", Route{Method::delete_, "/apps/{appID}/things/{thingID}"}),
    operation("parts", Route{Method::get, "/things/{thingID}/parts"}),
    operation("newest", Route{Method::get, "/things/newest"}),
    operation("health", Route{Method::get, "/healthz"})};

Router router_of(const std::span<const api::Operation> table) {
    const std::array tags{api::Tag{"Things", {}, table}};
    return Router(tags);
}

/// "<operation> <field>=<value> …"; "allow <methods>" or "nothing" where there is no operation.
std::string find(const verb method, const std::string_view target) {
    static const Router router = router_of(operations);
    const auto destination = router.find(method, target);
    if (!destination.operation) return destination.allow.empty() ? "nothing" : "allow " + destination.allow;
    std::string text(destination.operation->id);
    for (const auto& [name, value] : destination.fields)
        text.append(" ").append(name).append("=").append(value);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(router_test)

BOOST_AUTO_TEST_CASE(a_target_leads_to_its_operation_and_parameters) {
    const std::pair<std::string_view, std::string_view> targets[] = {
        {"/healthz", "health"},
        {"/apps/a1/things", "list app_id=a1"},
        {"/apps/a1/things/t1", "get app_id=a1 thing_id=t1"},
        {"/things/t1", "get thing_id=t1"},
        {"/things/%2e%2E", "get thing_id=.."},
        {"/things/a%2Fb%3f", "get thing_id=a/b?"},
        {"/things/+", "get thing_id=+"},
        {"/th%69ngs/t1", "get thing_id=t1"},
        {"/things/t1?a=b", "get thing_id=t1"},
        {"/things/t1?", "get thing_id=t1"},
        {"/things/t1?/x/%", "get thing_id=t1"},
        {"http://host/things/t1", "get thing_id=t1"},
        {"https://host:1/healthz?x", "health"},
        {"HTTP://host/healthz", "health"},
        {"hTTps://host/things/t1", "get thing_id=t1"},
    };
    for (const auto& [target, expected] : targets)
        BOOST_TEST(find(verb::get, target) == expected);
}

BOOST_AUTO_TEST_CASE(what_is_no_path_leads_to_nothing) {
    for (const std::string_view target : {"",
                                          "/",
                                          "*",
                                          "healthz",
                                          "/healthz/",
                                          "//healthz",
                                          "/HEALTHZ",
                                          "/health",
                                          "/healthzz",
                                          "/things",
                                          "/things/",
                                          "/apps//things",
                                          "/apps/a1/things/",
                                          "/things/t1/",
                                          "/things/%",
                                          "/things/%4",
                                          "/things/%4g",
                                          "/things/%g4",
                                          "/healthz%",
                                          "/healthz#x",
                                          "http://host",
                                          "http://host?/healthz",
                                          "http:/healthz",
                                          "http",
                                          "http:///healthz/",
                                          "ftp://host/healthz",
                                          "?",
                                          "/?/healthz",
                                          "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t"}) {
        BOOST_TEST_CONTEXT(target) {
            BOOST_TEST(find(verb::get, target) == "nothing");
        }
    }
}

BOOST_AUTO_TEST_CASE(another_method_leads_to_those_that_the_path_takes) {
    BOOST_TEST(find(verb::delete_, "/apps/a1/things/t1") == "delete app_id=a1 thing_id=t1");
    BOOST_TEST(find(verb::put, "/apps/a1/things/t1") == "allow GET, HEAD, DELETE");
    BOOST_TEST(find(verb::unknown, "/healthz") == "allow GET, HEAD");
    BOOST_TEST(find(verb::delete_, "/apps/a1/things") == "allow GET, HEAD");
}

BOOST_AUTO_TEST_CASE(head_is_served_by_get_and_by_nothing_else) {
    BOOST_TEST(find(verb::head, "/healthz") == "health");
    const std::array posts{operation("post", Route{Method::post, "/x"})};
    BOOST_TEST(router_of(posts).find(verb::head, "/x").allow == "POST");
}

BOOST_AUTO_TEST_CASE(a_word_goes_before_a_placeholder) {
    BOOST_TEST(find(verb::get, "/things/newest") == "newest");
    BOOST_TEST(find(verb::get, "/things/new%65st") == "newest");
    BOOST_TEST(find(verb::get, "/things/newest/parts") == "parts thing_id=newest");
}

BOOST_AUTO_TEST_CASE(fields_that_the_path_does_not_name_come_from_the_query_of_a_get) {
    BOOST_TEST(find(verb::get, "/things/t1?colour=dark+r%65d&x&thing_id=t2") ==
               "get thing_id=t1 colour=dark red");
    BOOST_TEST(find(verb::get, "/things/t1?colour=a&colour=b&&=") == "get thing_id=t1 colour=b");
    BOOST_TEST(find(verb::get, "/things/t1?colour=%4") == "get thing_id=t1 colour=%4");
    BOOST_TEST(find(verb::get, "/things/t1?colour") == "get thing_id=t1 colour=");
    BOOST_TEST(find(verb::delete_, "/apps/a1/things/t1?colour=red") == "delete app_id=a1 thing_id=t1");
}

BOOST_AUTO_TEST_CASE(a_body_is_read_where_fields_are_left_for_it) {
    const auto router = router_of(operations);
    BOOST_TEST(router.find(verb::delete_, "/apps/a1/things/t1").takes_body);
    BOOST_TEST(!router.find(verb::get, "/things/t1").takes_body);
}

BOOST_AUTO_TEST_CASE(metadata_comes_in_a_header_whatever_the_method) {
    const auto router = router_of(operations);
    for (const auto& [method, target] :
         {std::pair(verb::get, "/things/t1?shop_name=x"), std::pair(verb::delete_, "/apps/a1/things/t1")}) {
        const auto destination = router.find(method, target);
        BOOST_TEST_REQUIRE(destination.in_header.size() == 1U);
        BOOST_TEST(destination.in_header[0].field == "shop_name");
        BOOST_TEST(destination.in_header[0].header == "X-Shop-Name");
    }
    BOOST_TEST(find(verb::get, "/things/t1?shop_name=x") == "get thing_id=t1");
}

BOOST_AUTO_TEST_CASE(a_body_can_be_one_field) {
    const Route paint{
        .method = Method::patch, .path = "/apps/{appID}/things/{thingID}", .body_field = "colour"};
    const std::array painted{operation("paint", paint)};
    const auto router = router_of(painted);
    BOOST_TEST(router.find(verb::patch, "/apps/a1/things/t1").body_field == "colour");
    const std::array of_two{operation(
        "paint", Route{.method = Method::patch, .path = "/things/{thingID}", .body_field = "colour"})};
    BOOST_CHECK_THROW(router_of(of_two), std::logic_error);
}

BOOST_AUTO_TEST_CASE(tables_that_leave_doubt_are_refused) {
    const std::array twice{operation("one", Route{Method::get, "/things/{thingID}"}),
                           operation("other", Route{Method::get, "/things/{appID}"})};
    BOOST_CHECK_THROW(router_of(twice), std::logic_error);
    const std::array unknown{operation("one", Route{Method::get, "/things/{colourID}"})};
    BOOST_CHECK_THROW(router_of(unknown), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
