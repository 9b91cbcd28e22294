#include "tests/support/delivery_fixture.hpp"

#include "server/delivery/item.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <stdexcept>
#include <thread>

namespace gateway::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::minutes patience{1};

DeliverySettings quick_settings(const std::filesystem::path& ca_file) {
    DeliverySettings settings;
    settings.ca_file = ca_file;
    settings.signers = 1;
    settings.first_retry = settings.longest_retry = milliseconds(20);
    return settings;
}

std::filesystem::path written(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path) << text;
    return path;
}

}  // namespace

void wait_until(const std::function<bool()>& is_so, const std::string& what) {
    const auto until = steady_clock::now() + patience;
    while (!is_so()) {
        if (steady_clock::now() > until)
            throw std::runtime_error("in a minute it did not come about: " + what);
        std::this_thread::sleep_for(milliseconds(5));
    }
}

void Gate::open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
}

void Gate::close() {
    const std::lock_guard lock(mutex_);
    is_open_ = false;
}

void Gate::pass() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return is_open_; });
}

boost::json::array events_in(const ReceivedRequest& request) {
    const auto body = boost::json::parse(request.body).as_object();
    BOOST_TEST(body.size() == 2U);
    BOOST_TEST(body.contains("app_id"));
    return body.at("events").as_array();
}

std::vector<std::string> event_ids_in(const std::vector<ReceivedRequest>& requests) {
    std::vector<std::string> ids;
    for (const auto& request : requests)
        for (const auto& event : events_in(request))
            ids.emplace_back(event.at("id").as_string());
    return ids;
}

DeliveryFixture::DeliveryFixture()
    : settings(quick_settings(written(folder.path() / "authority.pem", authority.certificate()))),
      tls(settings.ca_file),
      keys({.database = db.database(), .secrets = secrets, .ids = ids, .log = log}),
      signing_secrets(db.database(), {.secrets = secrets, .ids = ids, .random = random}) {
    resolver.add("receiver.test", {"127.0.0.1"});
}

void DeliveryFixture::start() {
    deliveries.emplace(delivery::Deliveries::Parts{.http_client = {policy, resolver, tls},
                                                   .user_agent = "session-gateway/test",
                                                   .database = db.database(),
                                                   .keys = keys,
                                                   .secrets = signing_secrets,
                                                   .feed = feed,
                                                   .ids = ids,
                                                   .settings = settings,
                                                   .clock = clock,
                                                   .random = random,
                                                   .metrics = metrics,
                                                   .log = log});
}

void DeliveryFixture::add_app(const std::string& app_id) {
    db.write([&](storage::Transaction& transaction) { return insert_app(transaction, app_id, "Shop"); });
}

std::int64_t DeliveryFixture::add_webhook(const std::string& url, const std::string& app_id) {
    const auto id = ids.next("web");
    return db.write([&](storage::Transaction& transaction) {
        storage::Webhook row;
        row.id = id;
        row.app_id = app_id;
        row.url = url;
        row.active = true;
        row.created_at = row.updated_at = transaction.now();
        storage::insert_webhook(transaction, row, {});
        return storage::find_webhook(transaction, id)->number;
    });
}

delivery::Publication DeliveryFixture::queue(const Numbers& webhooks, const int count,
                                             const std::string& payload, const std::string& app_id) {
    std::string audience = "[";
    for (const auto number : webhooks)
        audience += (audience.size() > 1 ? "," : "") + std::to_string(number);
    audience += "]";
    return db.write([&](storage::Transaction& transaction) {
        transaction.execute(
            "INSERT INTO audiences (app_id, type, webhooks) VALUES (?, 'user.created', ?)"
            " ON CONFLICT DO NOTHING",
            app_id, audience);
        delivery::Publication publication{app_id, {}};
        const auto recipients = std::make_shared<const delivery::Recipients>(webhooks);
        for (int i = 0; i < count; ++i) {
            const auto id = ids.next("evt");
            auto row = transaction.query(
                "INSERT INTO events (id, app_id, type, audience, payload, created_at) SELECT ?, app_id, "
                "type, number,"
                " ?, ? FROM audiences WHERE app_id = ? AND webhooks = ? RETURNING number, created_at",
                id, payload, transaction.now(), app_id, audience);
            row.step();
            const auto number = row.integer(0);
            auto text = delivery::item_text(id, "user.created", payload, row.text(1), false);
            row.step();
            for (const auto webhook : webhooks)
                transaction.execute("INSERT INTO deliveries (event, webhook) VALUES (?, ?)", number, webhook);
            publication.events.push_back(
                {std::make_shared<const delivery::Item>(delivery::Item{number, id, std::move(text)}),
                 recipients});
        }
        return publication;
    });
}

std::vector<std::string> DeliveryFixture::publish(const Numbers& webhooks, const int count,
                                                  const std::string& payload, const std::string& app_id) {
    auto publication = queue(webhooks, count, payload, app_id);
    std::vector<std::string> event_ids;
    for (const auto& event : publication.events)
        event_ids.push_back(event.item->id);
    feed.published(std::move(publication));
    return event_ids;
}

void DeliveryFixture::wait_for(const std::string& sql, const std::string& rows) {
    std::string found;
    try {
        wait_until([&] { return (found = ask(sql)) == rows; }, sql + " = " + rows);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(std::string(error.what()) + ", but " + found);
    }
}

}  // namespace gateway::test
