#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace gateway::test {

namespace {

/// Each piece as a chunk of its own.
std::string chunked(const std::vector<std::string_view>& pieces) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string body;
    for (const auto piece : pieces) {
        body += {digits[piece.size() / 16], digits[piece.size() % 16], '\r', '\n'};
        body.append(piece).append("\r\n");
    }
    return body + "0\r\n\r\n";
}

struct Fixture : TestApi {
    /// The head of an addWebhookEvent whose body follows as `framing` says.
    std::string head(const Headers& framing) {
        auto headers = framing;
        headers.emplace_back("Content-Type", "application/json");
        return request_text("POST", events_path(), {token.text, {}, headers});
    }

    Answer get(const std::string& target, Headers headers = {}) {
        return client.request("GET", target, {token.text, {}, std::move(headers)});
    }

    int post_as(const std::string& media_type) {
        const Headers headers{{"Content-Type", media_type}};
        return client.request("POST", events_path(), {token.text, event_body("user.created"), headers})
            .status;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http_protocol_test, Fixture)

BOOST_AUTO_TEST_CASE(a_connection_serves_one_request_after_the_other_whatever_the_answers) {
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(add("user.created").keep_alive);
        BOOST_TEST(add("nope").keep_alive);
        BOOST_TEST(client.request("GET", "/nowhere").keep_alive);
        BOOST_TEST(client.request("DELETE", "/healthz", {{}, "body", {}}).keep_alive);
    }
}

BOOST_AUTO_TEST_CASE(requests_sent_at_once_are_answered_in_order) {
    constexpr int requests = 200;
    std::string all;
    for (int i = 0; i < requests; ++i) {
        const Headers id{{"X-Request-Id", "number-" + std::to_string(i)}};
        all += i % 3 == 0 ? add_text("user.created", id)
                          : request_text("GET", webhook_path(), {token.text, {}, id});
    }
    client.send(all);
    for (int i = 0; i < requests; ++i) {
        const auto answer = client.receive();
        BOOST_TEST(answer.status == (i % 3 == 0 ? 201 : 200));
        BOOST_TEST(answer.header("X-Request-Id") == "number-" + std::to_string(i));
    }
}

BOOST_AUTO_TEST_CASE(a_request_may_come_byte_by_byte) {
    constexpr std::chrono::milliseconds at_once{0};
    const auto text = add_text("user.created");
    BOOST_TEST(client.drip(text, at_once) == text.size());
    BOOST_TEST(client.receive().status == 201);
}

BOOST_AUTO_TEST_CASE(a_body_may_come_in_chunks) {
    const Headers framing{{"Transfer-Encoding", "chunked"}};
    client.send(head(framing) + chunked({R"({"eve)", R"(nt":"user)", R"(.created"})"}));
    BOOST_TEST(client.receive().status == 201);
    client.send(head(framing) +
                "17;name=value\r\n{\"event\":\"user.deleted\"\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n");
    BOOST_TEST(client.receive().status == 201);
    client.send(head(framing) + chunked({}));
    BOOST_TEST(client.receive().message() == "The request body is empty; a JSON object is expected.");
    BOOST_TEST(add("user.deleted").status == 201);
}

BOOST_AUTO_TEST_CASE(chunks_may_trickle_in) {
    constexpr std::chrono::milliseconds at_once{0};
    const auto body = chunked({"{", R"("event")", ":", R"("user.created")", "}"});
    client.send(head({{"Transfer-Encoding", "chunked"}}));
    BOOST_TEST(client.drip(body, at_once) == body.size());
    BOOST_TEST(client.receive().status == 201);
}

BOOST_AUTO_TEST_CASE(a_client_that_expects_100_continue_is_asked_for_its_body) {
    const auto body = event_body("user.created");
    const Headers framing{{"Expect", "100-Continue"}, {"Content-Length", std::to_string(body.size())}};
    for (int i = 0; i < 2; ++i) {
        client.send(head(framing));
        BOOST_TEST(client.receive().status == 100);
        client.send(body);
        BOOST_TEST(client.receive().status == 201);
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_wait_for_100_continue_is_served_too) {
    client.send(add_text("user.created", {{"Expect", "100-continue"}}));
    auto answer = client.receive();
    if (answer.status == 100) answer = client.receive();
    BOOST_TEST(answer.status == 201);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_too_large_is_refused_before_it_is_asked_for) {
    client.send(head({{"Expect", "100-continue"}, {"Content-Length", "1000000"}}));
    BOOST_TEST(client.receive().status == 413);
}

BOOST_AUTO_TEST_CASE(segments_are_split_before_they_are_percent_decoded) {
    const auto base = "/v2/session/apps/" + app;
    BOOST_TEST(get("/v2/s%65ssion/apps/" + app + "/webhook%73/%77eb" + webhook.substr(3)).status == 200);
    BOOST_TEST(get(base + "/webhooks%2F" + webhook).code() == "route_not_found");
    BOOST_TEST(get(base + "/webhooks/a%2Fb%00%FF").code() == "webhook_not_found");
    BOOST_TEST(get(base + "/webhooks/%").code() == "route_not_found");
    BOOST_TEST(get(base + "/webhooks/%zz").code() == "route_not_found");
}

BOOST_AUTO_TEST_CASE(an_absolute_target_and_a_query_lead_to_the_same_path) {
    BOOST_TEST(get("http://anywhere.example:8080" + webhook_path()).status == 200);
    BOOST_TEST(get("http://anywhere.example" + webhook_path() + "?a=b").status == 200);
    BOOST_TEST(get(webhook_path() + "?a=/b/%zz?").status == 200);
    BOOST_TEST(get("http://anywhere.example").code() == "route_not_found");
}

BOOST_AUTO_TEST_CASE(what_is_no_path_of_ours_is_404) {
    for (const auto& target :
         {webhook_path() + "/", webhooks_path() + "/", "/" + webhook_path(), std::string("/"),
          std::string("*"), webhook_path() + "/events/x/y/z", std::string(4'000, '/')}) {
        BOOST_TEST_CONTEXT(target) {
            const auto answer = get(target);
            BOOST_TEST(answer.status == 404);
            BOOST_TEST(answer.code() == "route_not_found");
            BOOST_TEST(answer.body.at("status").as_string() == "not_found");
        }
    }
}

BOOST_AUTO_TEST_CASE(another_method_is_405_with_those_that_are_allowed) {
    const std::pair<std::string, std::string> allowed[] = {{events_path(), "POST, DELETE"},
                                                           {webhook_path(), "GET, HEAD, PATCH, DELETE"},
                                                           {webhooks_path(), "GET, HEAD, POST"},
                                                           {"/healthz", "GET, HEAD"}};
    for (const auto& [target, methods] : allowed) {
        for (const std::string method : {"PUT", "OPTIONS", "BREW"}) {
            const auto answer = client.request(method, target);
            BOOST_TEST(answer.status == 405);
            BOOST_TEST(answer.code() == "method_not_allowed");
            BOOST_TEST(answer.body.at("status").as_string() == "method_not_allowed");
            BOOST_TEST(answer.header("Allow") == methods);
        }
    }
    BOOST_TEST(client.request("HEAD", events_path()).status == 405);
}

BOOST_AUTO_TEST_CASE(http_1_0_is_answered_and_closed_unless_it_asks_to_stay) {
    client.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    BOOST_TEST(client.receive().keep_alive);
    client.send("GET /healthz HTTP/1.0\r\n\r\n");
    const auto answer = client.receive();
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(!answer.keep_alive);
    BOOST_TEST(client.receive_until_closed().empty());
}

BOOST_AUTO_TEST_CASE(connection_close_is_answered_and_closed) {
    const auto answer = get(webhook_path(), {{"Connection", "close"}});
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Connection") == "close");
    BOOST_TEST(client.receive_until_closed().empty());
}

BOOST_AUTO_TEST_CASE(a_second_connection_field_counts_as_well) {
    const auto answer = get(webhook_path(), {{"Connection", "x"}, {"Connection", "close"}});
    BOOST_TEST(answer.header("Connection") == "close");
    BOOST_TEST(client.receive_until_closed().empty());
}

BOOST_AUTO_TEST_CASE(a_client_that_sends_nothing_more_still_gets_its_answer) {
    client.send(add_text("user.created"));
    client.finish_sending();
    BOOST_TEST(client.receive().status == 201);
    BOOST_TEST(client.receive_until_closed().empty());
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_in_the_middle_of_a_request_is_not_answered) {
    client.send(add_text("user.created").substr(0, 100));
    client.finish_sending();
    BOOST_TEST(client.receive_until_closed().empty());
}

BOOST_AUTO_TEST_CASE(a_good_request_id_is_echoed) {
    for (const auto& id : {std::string("a"), std::string("!~\"\\<>"), std::string(128, 'x')}) {
        BOOST_TEST(get(webhook_path(), {{"X-Request-Id", id}}).header("X-Request-Id") == id);
        BOOST_TEST(get("/nowhere", {{"x-request-id", id}}).header("X-Request-Id") == id);
    }
}

BOOST_AUTO_TEST_CASE(a_bad_or_missing_request_id_is_replaced_by_one_that_is_never_the_same) {
    const std::string bad[] = {"", "two words", "tab\there", std::string(129, 'x'), "caf\xC3\xA9"};
    std::set<std::string> seen;
    for (const auto& id : bad) {
        const auto answered = get(webhook_path(), {{"X-Request-Id", id}}).header("X-Request-Id");
        BOOST_TEST(answered.starts_with("req_"));
        BOOST_TEST(answered.size() == 36U);
        seen.insert(answered);
    }
    seen.insert(get(webhook_path()).header("X-Request-Id"));
    BOOST_TEST(seen.size() == std::size(bad) + 1);
}

BOOST_AUTO_TEST_CASE(every_answer_has_date_length_and_request_id) {
    for (const auto* const target : {"/healthz", "/nowhere", "/v2/session/apps/x/webhooks"}) {
        const auto answer = client.request("GET", target);
        BOOST_TEST(answer.header("Date").size() == 29U);
        BOOST_TEST(answer.header("Date").ends_with(" GMT"));
        BOOST_TEST(answer.header("Content-Type") == "application/json");
        BOOST_TEST(answer.header("Content-Length") == std::to_string(answer.text.size()));
        BOOST_TEST(!answer.header("X-Request-Id").empty());
    }
}

BOOST_AUTO_TEST_CASE(an_answer_that_can_have_no_body_has_no_length_either) {
    const auto mode = "/v2/session/apps/" + app + "/mode";
    const auto answer = client.request("PUT", mode, {token.text, R"({"mode":"prod"})", {}});
    BOOST_TEST(answer.status == 204);
    BOOST_TEST(answer.header("Content-Length").empty());  // RFC 9110, section 8.6
    BOOST_TEST(client.request("DELETE", webhook_path(), {token.text, {}, {}}).header("Content-Length") ==
               "0");
}

BOOST_AUTO_TEST_CASE(a_body_is_json_whatever_its_charset_or_without_a_type) {
    for (const auto* const type : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                                   "application/json;charset=UTF-8", "application/json ; q=1", ""}) {
        BOOST_TEST(post_as(type) == 201);
    }
    const auto body = event_body("user.deleted");
    const Headers length{{"Content-Length", std::to_string(body.size())}};
    client.send(request_text("POST", events_path(), {token.text, {}, length}) + body);
    BOOST_TEST(client.receive().status == 201);
}

BOOST_AUTO_TEST_CASE(a_body_of_another_type_is_415) {
    for (const auto* const type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonp",
                                   "application/json, text/plain", "json", "\xFF"}) {
        BOOST_TEST(post_as(type) == 415);
    }
    const Headers headers{{"Content-Type", "text/\xFFplain; charset=x"}};
    const auto answer =
        client.request("POST", events_path(), {token.text, event_body("user.created"), headers});
    BOOST_TEST(answer.code() == "unsupported_media_type");
    BOOST_TEST(answer.body.at("status").as_string() == "unsupported_media_type");
    BOOST_TEST(answer.message() ==
               R"(Content-Type: found "text/\xffplain; charset=x", expected application/json.)");
}

BOOST_AUTO_TEST_CASE(a_read_may_declare_any_type) {
    BOOST_TEST(get(webhook_path(), {{"Content-Type", "text/plain"}}).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
