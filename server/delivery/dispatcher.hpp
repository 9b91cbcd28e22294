// Sends what is due.
#pragma once

#include "server/delivery/feed.hpp"
#include "server/delivery/notifier.hpp"
#include "server/delivery/outcome_writer.hpp"
#include "server/delivery/ready_line.hpp"
#include "server/delivery/receiver.hpp"
#include "server/delivery/signers.hpp"
#include "server/delivery/signing_keys.hpp"
#include "server/delivery/webhook_secrets.hpp"
#include "server/log/log.hpp"
#include "server/metrics/metrics.hpp"
#include "server/outgoing/http_client.hpp"
#include "server/settings/delivery_section.hpp"
#include "storage/engine/database.hpp"
#include "storage/values/timestamp.hpp"
#include "storage/values/type_id.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gateway::delivery {

/// Lives on one thread, and owns nothing that the tables could not tell again: a crash or a restart goes on
/// from them. It is woken by commits (Feed) and by the next due time.
///
/// What is due for a webhook goes as one batch. A body is put together when a signer is free for it, and
/// signed once for all webhooks that are to get the same. The next batch of a webhook starts after the
/// outcome of the last one is on the disk.
class Dispatcher {
  public:
    /// All of them outlive it.
    struct Parts {
        boost::asio::io_context& context;
        outgoing::HttpClient& client;
        storage::Database& database;
        SigningKeys& keys;
        SigningSecrets& secrets;
        Signers& signers;
        Feed& feed;
        Notifier& notifier;
        IdSource& ids;
        const DeliverySettings& settings;
        const Clock& clock;
        const std::function<SteadyTime()>& steady;
        const RandomSource& random;
        metrics::Metrics& metrics;
        Log& log;
    };

    explicit Dispatcher(const Parts& parts);

    /// Takes up what is due. On its thread, once.
    void start();

    /// Since when the webhook that has waited longest does so though it is active, not being called, and held
    /// up by no failure and no rate: it is read, its body is put together and signed, or it waits for its
    /// turn. Nothing: there is none. By the steady clock of the parts. Any thread.
    [[nodiscard]] std::optional<SteadyTime> waiting_since() const noexcept;

    /// Requests under way, from the making of their bodies on. Any thread.
    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }

    /// The settings allow more, perhaps. On its thread.
    void wake();

    /// Sends nothing more; the requests under way come to their end, and that is noted. On its thread.
    void stop();

  private:
    /// A body on its way to one or more webhooks of an app.
    struct Flight {
        struct Leg {
            Receiver& receiver;
            unsigned changes;  ///< Receiver::changes at the start
        };

        std::string app_id;
        std::vector<Leg> legs;
        std::vector<std::shared_ptr<const Item>> items;
        std::size_t bytes = 0;  ///< counted for it in body_bytes_
        std::string body;
        SigningKeyPtr key;
        std::string signature;
    };

    using FlightPtr = std::shared_ptr<Flight>;

    // What is to be done:
    void take_news();
    void take(const Publication& publication);
    Receiver& receiver(std::int64_t number, bool behind);
    void change(std::int64_t number);
    boost::asio::awaitable<void> scan();
    void consider(Receiver& receiver);
    void forget(Receiver& receiver);
    void clear_queue(Receiver& receiver);
    void begin_waiting(Receiver& receiver);
    void end_waiting(Receiver& receiver);

    // Looking into the tables:
    void want_reading(Receiver& receiver);
    boost::asio::awaitable<void> read_in_line(Receiver& receiver);
    boost::asio::awaitable<void> read_in_turn(Receiver& receiver);
    boost::asio::awaitable<void> read(Receiver& receiver);
    void take_due(Receiver& receiver, const storage::DueEvents& due);

    // By time:
    [[nodiscard]] std::optional<Receiver::Retry> retry_at(std::optional<Timestamp> due,
                                                          const std::optional<Receiver::Retry>& known) const;
    void set_alarm(Receiver& receiver, SteadyTime at);
    void drop_alarm(Receiver& receiver);
    void arm();
    void ring();

    // Sending:
    void pump();
    [[nodiscard]] bool has_room() const;
    [[nodiscard]] bool may_send(const ReadyLine::App& app) const;
    [[nodiscard]] std::size_t batch_size(const Receiver& receiver) const;
    void depart(Receiver& receiver);
    void join(Flight& flight, Receiver& receiver);
    boost::asio::awaitable<void> sign(FlightPtr flight);
    boost::asio::awaitable<void> send(FlightPtr flight, Flight::Leg leg);
    void give_back(const Flight& flight, Receiver& receiver, std::chrono::milliseconds pause);
    void end_leg(const Flight& flight, Receiver& receiver);
    void note(const Flight& flight, Flight::Leg leg, const Outcome& outcome,
              std::optional<Aftermath> aftermath);
    void log_outcome(const Flight& flight, const std::string& webhook_id, const Outcome& outcome) const;
    void log_fault(std::string_view what, const std::exception_ptr& fault) const;
    [[nodiscard]] double chance() const;

    // Of the items in all queues; who finds no room reads from the tables when its turn comes.
    static constexpr std::size_t most_queued_bytes = std::size_t{32} * 1024 * 1024;
    static constexpr std::size_t most_readings = 16;  // at once, of each kind
    static constexpr auto nobody_waits = SteadyTime::max().time_since_epoch().count();

    Parts parts_;
    OutcomeWriter outcomes_;
    std::unordered_map<std::int64_t, std::unique_ptr<Receiver>> receivers_;  // by number
    ReadyLine line_;

    std::set<std::pair<SteadyTime, std::int64_t>> waiting_;      // by Receiver::waiting_since
    std::atomic<SteadyTime::rep> waiting_since_ = nobody_waits;  // of the first of them; read elsewhere

    std::set<std::pair<SteadyTime, std::int64_t>> alarms_;
    boost::asio::steady_timer timer_;

    std::size_t readings_ = 0;
    std::size_t turn_readings_ = 0;  // of those whose turn to send has come
    std::deque<std::int64_t> want_reading_;
    boost::asio::steady_timer scan_pause_;
    bool scan_wanted_ = false;
    bool scanning_ = false;

    std::size_t signing_ = 0;                 // bodies put together and not yet signed
    std::atomic<std::size_t> in_flight_ = 0;  // requests; read elsewhere
    std::size_t body_bytes_ = 0;              // of them all
    std::size_t queued_bytes_ = 0;            // of the items in the queues
    bool pumping_ = false;
    bool stopping_ = false;
};

}  // namespace gateway::delivery
