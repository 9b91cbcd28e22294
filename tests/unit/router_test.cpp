#include "server/gateway/rest/router.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

namespace gateway {

namespace {

using api::Binding;
using http::verb;

constexpr std::array list_bindings{Binding{verb::get, "/apps/{appID}/things"}};
constexpr std::array get_bindings{Binding{verb::get, "/apps/{appID}/things/{thingID}"},
                                  Binding{verb::get, "/things/{thingID}"}};
constexpr std::array delete_bindings{Binding{verb::delete_, "/apps/{appID}/things/{thingID}"}};
constexpr std::array health_bindings{Binding{verb::get, "/healthz"}};

const std::array operations{
    api::Operation{.id = "list", .tag = {}, .summary = {}, .bindings = list_bindings, .errors = {}},
    api::Operation{.id = "get", .tag = {}, .summary = {}, .bindings = get_bindings, .errors = {}},
    api::Operation{.id = "delete", .tag = {}, .summary = {}, .bindings = delete_bindings, .errors = {}},
    api::Operation{.id = "health", .tag = {}, .summary = {}, .bindings = health_bindings, .errors = {}}};

/// "<operation> <parameter>=<value> …"; "allow <methods>" or "nothing" where there is no operation.
std::string find(const verb method, const std::string_view target) {
    static const Router router(operations);
    const auto route = router.find(method, target);
    if (!route.operation) return route.allow.empty() ? "nothing" : "allow " + route.allow;
    std::string text(route.operation->id);
    for (const auto& [name, value] : route.parameters)
        text.append(" ").append(name).append("=").append(value);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(router_test)

BOOST_AUTO_TEST_CASE(a_target_leads_to_its_operation_and_parameters) {
    const std::pair<std::string_view, std::string_view> targets[] = {
        {"/healthz", "health"},
        {"/apps/a1/things", "list appID=a1"},
        {"/apps/a1/things/t1", "get appID=a1 thingID=t1"},
        {"/things/t1", "get thingID=t1"},
        {"/things/%2e%2E", "get thingID=.."},
        {"/things/a%2Fb%3f", "get thingID=a/b?"},
        {"/things/+", "get thingID=+"},
        {"/th%69ngs/t1", "get thingID=t1"},
        {"/things/t1?a=b", "get thingID=t1"},
        {"/things/t1?", "get thingID=t1"},
        {"/things/t1?/x/%", "get thingID=t1"},
        {"http://host/things/t1", "get thingID=t1"},
        {"https://host:1/healthz?x", "health"},
        {"HTTP://host/healthz", "health"},
        {"hTTps://host/things/t1", "get thingID=t1"},
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
    BOOST_TEST(find(verb::delete_, "/apps/a1/things/t1") == "delete appID=a1 thingID=t1");
    BOOST_TEST(find(verb::put, "/apps/a1/things/t1") == "allow GET, HEAD, DELETE");
    BOOST_TEST(find(verb::unknown, "/healthz") == "allow GET, HEAD");
    BOOST_TEST(find(verb::delete_, "/apps/a1/things") == "allow GET, HEAD");
}

BOOST_AUTO_TEST_CASE(head_is_served_by_get_and_by_nothing_else) {
    BOOST_TEST(find(verb::head, "/healthz") == "health");
    static constexpr std::array post_only{Binding{verb::post, "/x"}};
    const std::array posts{
        api::Operation{.id = "post", .tag = {}, .summary = {}, .bindings = post_only, .errors = {}}};
    BOOST_TEST(Router(posts).find(verb::head, "/x").allow == "POST");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
