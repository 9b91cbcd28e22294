#include "tests/support/outgoing_client.hpp"
#include "tests/support/receiver.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gateway::outgoing {

using namespace std::chrono_literals;
using test::answer;
using test::ok;
using test::raw;
using test::ReceivedRequest;
using test::Receiver;
using test::Reply;

BOOST_FIXTURE_TEST_SUITE(http_client_connections_test, test::OutgoingClient)

BOOST_AUTO_TEST_CASE(a_second_request_uses_the_same_connection) {
    for (const auto& options : {test::ReceiverOptions{}, secure({"127.0.0.1"})}) {
        const Receiver receiver(answer(200, "body"), options);
        for (int i = 0; i < 3; ++i)
            BOOST_TEST(word(receiver.url()) == "200");
        BOOST_TEST(receiver.connections() == 1U);
        BOOST_TEST(receiver.requests().size() == 3U);
    }
}

BOOST_AUTO_TEST_CASE(another_origin_gets_another_connection) {
    const Receiver receiver(answer(200));
    BOOST_TEST(word(receiver.url()) == "200");
    BOOST_TEST(word(receiver.url("/", "receiver.test")) == "200");
    BOOST_TEST(receiver.connections() == 2U);
}

BOOST_AUTO_TEST_CASE(a_connection_is_not_used_again_where_the_answer_speaks_against_it) {
    for (const auto& reply : {answer(200, "", {{"Connection", "close"}}),
                              raw("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", Reply::End::next_request),
                              raw(ok("Content-Length: 0\r\n\r\nmore"), Reply::End::next_request)}) {
        const Receiver receiver(reply);
        BOOST_TEST(word(receiver.url()) == "200");
        BOOST_TEST(word(receiver.url()) == "200");
        BOOST_TEST(receiver.connections() == 2U);
    }
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_was_closed_meanwhile_is_not_used) {
    for (const auto& options : {test::ReceiverOptions{}, secure({"127.0.0.1"})}) {
        const Receiver receiver(raw(ok("Content-Length: 0\r\n\r\n")), options);
        BOOST_TEST(word(receiver.url()) == "200");
        if (!options.identity) receiver.wait_for_closed(1);  // in TLS it waits for our farewell
        BOOST_TEST(word(receiver.url()) == "200");
        BOOST_TEST(receiver.connections() == 2U);
        BOOST_TEST(receiver.requests().size() == 2U);
    }
}

BOOST_AUTO_TEST_CASE(what_a_kept_connection_says_unasked_answers_no_request) {
    const auto script = [](const ReceivedRequest& request) {
        if (request.connection > 1) return answer(200);
        Reply reply = raw("HTTP/1.1 299 Unasked\r\nContent-Length: 0\r\n\r\n");
        reply.head = ok("Content-Length: 0\r\n\r\n");
        reply.pause = 50ms;
        return reply;
    };
    const Receiver receiver(script);
    BOOST_TEST(word(receiver.url()) == "200");
    receiver.wait_for_closed(1);
    BOOST_TEST(word(receiver.url()) == "200");
}

BOOST_AUTO_TEST_CASE(what_came_in_one_segment_with_an_answer_answers_no_request) {
    const std::string stale = "HTTP/1.1 299 Stale\r\nContent-Length: 0\r\n\r\n";
    // In a record of its own, and at the end of a record of which one read takes the answer alone.
    Reply own_record = raw(stale, Reply::End::next_request);
    own_record.head = ok("Content-Length: 0\r\n\r\n");
    own_record.manner = Reply::Manner::together;
    const auto filled = ok("Content-Length: 8151\r\n\r\n") + std::string(8'151, 'x');
    BOOST_TEST_REQUIRE(filled.size() == 8'192U);
    const Reply same_record = raw(filled + stale, Reply::End::next_request);

    for (const auto& reply : {own_record, same_record}) {
        for (const auto& options : {test::ReceiverOptions{}, secure({"127.0.0.1"})}) {
            const Receiver receiver(reply, options);
            BOOST_TEST(word(receiver.url()) == "200");
            BOOST_TEST(word(receiver.url()) == "200");
            BOOST_TEST(receiver.connections() == 2U);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_request_on_a_kept_connection_that_closes_without_an_answer_is_sent_once_more) {
    for (const auto& end : {test::close_early(), test::reset()}) {
        const auto script = [end](const ReceivedRequest& request) {
            return request.target == "/second" && request.connection == 1 ? end : answer(200);
        };
        const Receiver receiver(script);
        BOOST_TEST(word(receiver.url("/first")) == "200");
        OutgoingRequest post;
        post.verb = http::verb::post;
        post.url = receiver.url("/second");
        post.body = "again";
        const auto outcome = send(post);
        BOOST_REQUIRE(outcome.has_value());
        BOOST_TEST(outcome->status == 200U);
        BOOST_TEST(receiver.connections() == 2U);
        BOOST_TEST(receiver.requests().at(2).body == "again");
    }
}

BOOST_AUTO_TEST_CASE(it_is_sent_no_third_time_and_not_after_a_part_of_an_answer) {
    const auto never = [](const ReceivedRequest& request) {
        return request.target == "/first" ? answer(200) : test::close_early();
    };
    const Receiver closing(never);
    BOOST_TEST(word(closing.url("/first")) == "200");
    BOOST_TEST(word(closing.url("/second")) == "protocol");
    BOOST_TEST(closing.requests().size() == 3U);

    const auto partly = [](const ReceivedRequest& request) {
        return request.target == "/first" ? answer(200) : raw("HTTP/1.1 2");
    };
    const Receiver partial(partly);
    BOOST_TEST(word(partial.url("/first")) == "200");
    BOOST_TEST(word(partial.url("/second")) == "protocol");
    BOOST_TEST(partial.requests().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_never_answers_is_timeout_and_not_tried_again) {
    const auto script = [](const ReceivedRequest& request) {
        return request.target == "/first" ? answer(200) : test::silence();
    };
    const Receiver receiver(script);
    BOOST_TEST(word(receiver.url("/first")) == "200");
    check_timeout(receiver.url("/second"));
    BOOST_TEST(receiver.requests().size() == 2U);
}

BOOST_AUTO_TEST_CASE(idle_connections_are_closed_in_time) {
    for (const auto& options : {test::ReceiverOptions{}, secure({"127.0.0.1"})}) {
        const Receiver receiver(answer(200), options);
        use({.user_agent = "x", .response = {}, .pool = {.idle_time = 50ms}});
        BOOST_TEST(word(receiver.url()) == "200");
        run_to_the_end();
        receiver.wait_for_closed(1);
        BOOST_TEST(word(receiver.url()) == "200");
        BOOST_TEST(receiver.connections() == 2U);
    }
}

BOOST_AUTO_TEST_CASE(no_more_connections_are_kept_than_allowed) {
    const auto check_kept = [this](const std::size_t kept, const PoolLimits limits) {
        const Receiver receiver(answer(200));
        use({.user_agent = "x", .response = {}, .pool = limits});
        resolver.add("other.test", {"127.0.0.1"});
        std::vector<std::shared_ptr<std::optional<Outcome>>> outcomes;
        for (const std::string& host :
             std::vector<std::string>{"receiver.test", "receiver.test", "receiver.test", "other.test"}) {
            OutgoingRequest request;
            request.url = receiver.url("/", host);
            outcomes.push_back(start(request, std::chrono::steady_clock::now() + 20s));
        }
        const auto ended = [](const auto& outcome) { return outcome->has_value(); };
        while (!std::ranges::all_of(outcomes, ended)) {
            context.restart();
            context.run();
        }
        BOOST_TEST(receiver.connections() == 4U);
        receiver.wait_for_closed(4 - kept);
        client->stop();
        receiver.wait_for_closed(4);
    };
    check_kept(3, {.per_origin = 2});
    check_kept(1, {.total = 1});
    check_kept(0, {.per_origin = 0});
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_too_old_is_not_used_again) {
    const Receiver receiver(answer(200));
    use({.user_agent = "x", .response = {}, .pool = {.age = 0ms}});
    BOOST_TEST(word(receiver.url()) == "200");
    BOOST_TEST(word(receiver.url()) == "200");
    BOOST_TEST(receiver.connections() == 2U);
}

BOOST_AUTO_TEST_CASE(a_stopped_client_closes_its_connections_and_leaves_nothing_to_run) {
    const Receiver receiver(answer(200));
    BOOST_TEST(word(receiver.url()) == "200");
    client->stop();
    run_to_the_end();
    receiver.wait_for_closed(1);
    BOOST_TEST(word(receiver.url()) == "cancelled");
    BOOST_TEST(receiver.requests().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_request_under_way_when_the_client_stops_comes_to_its_end) {
    const auto script = [this](const ReceivedRequest&) {
        asio::post(context, [this] { client->stop(); });
        return test::drip(ok("Content-Length: 4\r\n\r\ndone"), 1ms);
    };
    for (const auto& options : {test::ReceiverOptions{}, secure({"127.0.0.1"})}) {
        const Receiver receiver(script, options);
        use({});
        const auto outcome = get(receiver.url());
        BOOST_REQUIRE(outcome.has_value());
        BOOST_TEST(outcome->body == "done");
        run_to_the_end();
        receiver.wait_for_closed(1);
    }
}

BOOST_AUTO_TEST_CASE(a_cancelled_request_ends_at_once) {
    for (const auto& options : {test::ReceiverOptions{}, secure({"127.0.0.1"})}) {
        asio::cancellation_signal signal;
        const auto script = [&](const ReceivedRequest&) {
            asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
            return test::silence();
        };
        const Receiver receiver(script, options);
        OutgoingRequest request;
        request.url = receiver.url();
        std::string word;
        const auto keep = [&](const std::exception_ptr& error, const Outcome& outcome) {
            BOOST_REQUIRE(!error);
            BOOST_REQUIRE(outcome.has_error());
            word = to_string(outcome.error().failure);
        };
        const auto deadline = std::chrono::steady_clock::now() + 1h;
        asio::co_spawn(context, client->send(request, deadline),
                       asio::bind_cancellation_slot(signal.slot(), keep));
        run_to_the_end();
        BOOST_TEST(word == "cancelled");
    }
}

BOOST_AUTO_TEST_CASE(a_context_may_end_with_requests_under_way) {
    const auto script = [this](const ReceivedRequest&) {
        context.stop();
        return test::silence();
    };
    const Receiver receiver(script, secure({"127.0.0.1"}));
    OutgoingRequest request;
    request.url = receiver.url();
    const auto outcome = start(request, std::chrono::steady_clock::now() + 1h);
    context.run();
    BOOST_TEST(!outcome->has_value());
}

BOOST_AUTO_TEST_CASE(a_client_may_go_before_its_context) {
    const Receiver receiver(answer(200));
    BOOST_TEST(word(receiver.url()) == "200");
    client.reset();
    run_to_the_end();
    receiver.wait_for_closed(1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::outgoing
