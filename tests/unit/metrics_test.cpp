#include "server/metrics/metrics.hpp"

#include "storage/tables/apps.hpp"
#include "tests/support/metrics_text.hpp"
#include "tests/support/test_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>

namespace gateway::metrics {

namespace {

using namespace std::chrono_literals;
using storage::Queue;
using test::metric;

std::string text_of(Metrics& metrics) {
    boost::asio::io_context context;
    auto text = boost::asio::co_spawn(context, metrics.text(), boost::asio::use_future);
    context.run();
    return text.get();
}

/// What the text says of a name that begins with the program's own.
std::optional<double> ours(const std::string& text, const std::string& line) {
    return metric(text, "session_gateway_" + line);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_test)

BOOST_AUTO_TEST_CASE(requests_are_counted_by_operation_and_status) {
    Metrics metrics({.operations = {"getWebhook", "addWebhookEvent"}});
    metrics.request_ended(1, 201, 3ms, {});
    metrics.request_ended(1, 201, 30ms, {});
    metrics.request_ended(1, 404, 1ms, {});
    metrics.request_ended(2, 404, 1ms, {});
    metrics.request_ended(0, 299, 1ms, {});
    const auto text = text_of(metrics);
    BOOST_TEST((ours(text, R"(requests_total{operation="addWebhookEvent",status="201"})") == 2));
    BOOST_TEST((ours(text, R"(requests_total{operation="addWebhookEvent",status="404"})") == 1));
    BOOST_TEST((ours(text, R"(requests_total{operation="none",status="404"})") == 1));
    BOOST_TEST((ours(text, R"(requests_total{operation="getWebhook",status="other"})") == 1));
    const std::string duration = R"(request_duration_seconds_bucket{operation="addWebhookEvent",le=)";
    BOOST_TEST((ours(text, duration + R"("0.005"})") == 2));
    BOOST_TEST((ours(text, duration + R"("0.05"})") == 3));
}

BOOST_AUTO_TEST_CASE(what_never_happened_takes_no_line) {
    Metrics metrics({.operations = {"getWebhook"}});
    BOOST_TEST(text_of(metrics).find("getWebhook") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(attempts_and_what_comes_of_them_are_counted) {
    Metrics metrics({});
    metrics.attempt_ended("delivered", 3, 20ms, "54e9ujn");
    metrics.attempt_ended("timeout", 1, 10s, "54e9ujn");
    metrics.attempt_ended("no such word", 1, 10s, "54e9ujn");
    metrics.deliveries_put_off(2);
    metrics.deliveries_expired(5);
    metrics.challenge_ended("succeeded");
    const auto text = text_of(metrics);
    BOOST_TEST((ours(text, R"(delivery_attempts_total{outcome="delivered"})") == 1));
    BOOST_TEST((ours(text, R"(delivery_attempts_total{outcome="timeout"})") == 1));
    BOOST_TEST((ours(text, R"(delivery_attempts_total{outcome="other"})") == 1));
    BOOST_TEST((ours(text, "delivery_attempt_events_sum") == 5));
    BOOST_TEST((ours(text, R"(delivery_attempt_duration_seconds_bucket{le="0.025"})") == 1));
    BOOST_TEST((ours(text, "deliveries_retried_total") == 2));
    BOOST_TEST((ours(text, "deliveries_expired_total") == 5));
    BOOST_TEST((ours(text, R"(activation_challenges_total{outcome="succeeded"})") == 1));
    BOOST_TEST(text.find("54e9ujn") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(apps_are_told_apart_where_that_is_wanted_up_to_a_thousand) {
    Metrics metrics({.operations = {"getWebhook"}, .per_app = true});
    metrics.request_ended(0, 200, 1ms, {});
    for (int i = 0; i < 1'010; ++i) {
        metrics.request_ended(0, 200, 1ms, "app" + std::to_string(i));
        metrics.attempt_ended("delivered", 1, 1ms, "app" + std::to_string(i));
    }
    const auto text = text_of(metrics);
    BOOST_TEST((ours(text, R"(app_requests_total{app="app7",status="200"})") == 1));
    BOOST_TEST((ours(text, R"(app_delivery_attempts_total{app="app7",outcome="delivered"})") == 1));
    BOOST_TEST((ours(text, R"(app_requests_total{app="others",status="200"})") == 10));
    BOOST_TEST((ours(text, R"(app_delivery_attempts_total{app="others",outcome="delivered"})") == 10));
}

BOOST_AUTO_TEST_CASE(states_are_read_for_each_text_until_they_are_taken_away) {
    Metrics metrics({});
    double size = 1;
    metrics.read_with([&size] {
        return Readings{{"jobs_waiting", "Jobs.", size, {"queue", "writes"}},
                        {"jobs_waiting", "Jobs.", size + 1, {"queue", "reads"}},
                        {"lines_total", "Lines.", size + 2}};
    });
    size = 5;
    const auto text = text_of(metrics);
    BOOST_TEST((metric(text, R"(jobs_waiting{queue="writes"})") == 5));
    BOOST_TEST((metric(text, R"(jobs_waiting{queue="reads"})") == 6));
    BOOST_TEST((metric(text, "lines_total") == 7));
    BOOST_TEST(text.find("# TYPE jobs_waiting gauge\n") != std::string::npos);
    BOOST_TEST(text.find("# TYPE lines_total counter\n") != std::string::npos);
    metrics.read_with({});
    BOOST_TEST(text_of(metrics).find("jobs_waiting") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_family_has_one_help_and_one_type) {
    Metrics metrics({.operations = {"getWebhook"}, .per_app = true});
    metrics.request_ended(0, 200, 1ms, "54e9ujn");
    std::istringstream lines(text_of(metrics));
    std::set<std::string> helps;
    std::set<std::string> types;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string hash, word, name;
        words >> hash >> word >> name;
        if (word == "HELP") BOOST_TEST(helps.insert(name).second, line);
        if (word == "TYPE") BOOST_TEST(types.insert(name).second, line);
    }
    BOOST_TEST((helps == types));
    BOOST_TEST(helps.size() > 10U);
}

BOOST_AUTO_TEST_CASE(the_database_tells_of_jobs_groups_and_checkpoints) {
    Metrics metrics({});
    {
        test::TestDatabase db({.checkpoint_size = 200'000, .observer = &metrics});
        test::Hold hold;
        db.hold_writer(hold);
        const auto fill = [](storage::Transaction& transaction) {
            return storage::insert_app(transaction, "54e9ujn", "Shop");
        };
        const auto nothing = [](storage::Transaction&) { return true; };
        auto first = db.start_write(fill);
        auto second = db.start_background(nothing);
        BOOST_TEST(db.database().waiting(Queue::writes) == 1U);
        BOOST_TEST(db.database().waiting(Queue::background) == 1U);
        hold.release();
        first.get();
        second.get();
        db.read([](storage::Snapshot&) { return true; });
        // As often as it takes for a checkpoint to be asked for, done and finished.
        const auto grow = [](storage::Transaction& transaction) {
            for (int i = 0; i < 20; ++i)
                transaction.execute("UPDATE apps SET name = hex(randomblob(50)) WHERE id = ?", "54e9ujn");
            return true;
        };
        while (ours(text_of(metrics), "database_checkpointed_bytes_total").value_or(0) < 200'000)
            db.write(grow);
    }
    const auto text = text_of(metrics);
    BOOST_TEST((ours(text, R"(database_job_wait_seconds_count{queue="background"})") == 1));
    BOOST_TEST((ours(text, R"(database_job_wait_seconds_count{queue="reads"})") == 1));
    BOOST_TEST(ours(text, R"(database_job_wait_seconds_count{queue="writes"})").value() >= 2);
    BOOST_TEST((ours(text, R"(database_group_jobs_bucket{le="2"})") ==
                ours(text, "database_commit_duration_seconds_count")));
    BOOST_TEST(ours(text, R"(database_group_jobs_bucket{le="1"})").value() <
               ours(text, R"(database_group_jobs_bucket{le="2"})").value());
    BOOST_TEST(ours(text, "database_checkpoint_duration_seconds_count").value() >= 1);
    BOOST_TEST(ours(text, "database_checkpointed_bytes_total").value() >= 200'000);
}

BOOST_AUTO_TEST_CASE(time_lost_to_another_process_is_told) {
    Metrics metrics({});
    test::TestDatabase db({.busy_timeout = 60s, .observer = &metrics});
    SQLite::Database other(db.file().path().string(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    auto written = db.start_write([](storage::Transaction&) { return true; });
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < 50ms)
        std::this_thread::yield();
    other.exec("ROLLBACK");
    written.get();
    BOOST_TEST(ours(text_of(metrics), "database_lock_wait_seconds_total").value() >= 0.02);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::metrics
