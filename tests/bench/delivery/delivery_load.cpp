// usage: delivery_load --port PORT --token TOKEN [OPTION]...
//
// Publishes events to a daemon, receives what it delivers, and prints one line of MEASURE=NUMBER. The apps
// are there, "0000000", "0000001" and so on; each gets a webhook for each of its receivers, activated,
// through the API.
//
//   --call OPERATION      publishEvents   or createUser or createUserSession: what makes the events. Sessions
//                         are those of 50 users of each app
//   --receivers COUNT     100   good receivers, each on a port of its own
//   --fan-out COUNT       1     webhooks of each app, so that there are receivers / fan-out apps
//   --batch COUNT         1     events of a call
//   --connections COUNT   64    that publish
//   --rate EVENTS         0     events a second; 0: the next call as soon as one is answered
//   --alone                     the next call once the last one's events have arrived everywhere
//   --seconds COUNT       5     how long it publishes
//   --events COUNT              publishes so many instead
//   --certificate FILE          receivers speak TLS, with this certificate and its key in one file (PEM)
//   --hanging, --dripping, --failing COUNT
//                         0     receivers beside those, of apps of their own that get events at the same
//                               rate; not measured
//   --leave                     ends without waiting for what has not arrived
//   --daemon PROCESS            whose CPU time and memory are measured
//
// One call of each app goes before, which is not measured: keys, secrets and connections are there then, as
// in a daemon that has run for a while.
//
// in, out: events a second published, deliveries a second until the last one arrived. publish: from the
// moment at which a call was due to its 201; arrival: from the 201 to the delivery, 0 where that was first;
// in milliseconds. requests: a second; batch: events in each. event_cpu: microseconds of the daemon for each
// event. idle, anonymous: its memory in MiB before the load, and the most under it. load: cores that this
// program took.

#include "tests/bench/delivery/calls.hpp"
#include "tests/bench/delivery/options.hpp"
#include "tests/bench/delivery/process_figures.hpp"
#include "tests/bench/delivery/receivers.hpp"
#include "tests/bench/delivery/wire.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <sys/resource.h>
#include <utility>

namespace gateway::bench {

namespace {

constexpr std::size_t users_of_app = 50;
constexpr std::chrono::milliseconds tick_time{100};
constexpr std::chrono::seconds patience{20};  // without any delivery, before it is given up

/// A connection that sends one request after the other.
class Caller : public Source {
  public:
    using OnAnswer = std::function<void(Caller& caller, const Message& answer)>;

    Caller(const Poller& poller, const std::uint16_t port) : channel_(connect_to_loopback(port)) {
        poller.watch(channel_->descriptor(), *this);
    }

    void call(const std::string_view request, OnAnswer on_answer) {
        on_answer_ = std::move(on_answer);
        if (!channel_ || !channel_->write(request))
            throw std::runtime_error("the daemon does not take a request");
    }

    void ready() override {
        if (!channel_->read(bytes_)) {
            if (on_answer_) throw std::runtime_error("the daemon closed a connection");
            channel_.reset();  // idle for too long
            return;
        }
        const auto message = first_message(bytes_);
        if (!message) return;
        const std::string answer = std::exchange(bytes_, {});
        const auto on_answer = std::exchange(on_answer_, {});
        on_answer(*this, {std::string_view(answer).substr(0, message->head.size()),
                          std::string_view(answer).substr(message->head.size())});
    }

  private:
    std::optional<Channel> channel_;
    std::string bytes_;
    OnAnswer on_answer_;
};

void require(const Message& answer, const std::string_view status) {
    if (!answer.head.substr(9).starts_with(status))
        throw std::runtime_error("the daemon answered " + std::string(answer.head) +
                                 std::string(answer.body));
}

/// In milliseconds; 0 of none.
double percentile(std::vector<float>& times, const double share) {
    if (times.empty()) return 0;
    const auto place =
        times.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(times.size() - 1));
    std::nth_element(times.begin(), place, times.end());
    return *place;
}

float milliseconds_between(const SteadyClock::time_point begin, const SteadyClock::time_point end) {
    return std::chrono::duration<float, std::milli>(end - begin).count();
}

class Load {
  public:
    explicit Load(const Options& options);

    void set_up();
    void warm_up();
    void run();
    void report();

  private:
    /// An event as it was published.
    struct Event {
        SteadyClock::time_point answered{};
        std::size_t arrivals = 0;
    };

    struct Webhook {
        std::string app;
        std::string url;
    };

    void set_up_next(Caller& caller);
    void set_up_users(Caller& caller, std::size_t app);
    void receive(std::string_view body);
    void publish(Caller& caller, SteadyClock::time_point due);
    [[nodiscard]] std::string event_request(std::size_t app, std::uint64_t first) const;
    void note_answer(SteadyClock::time_point due);
    void note_published(std::uint64_t first);
    [[nodiscard]] SteadyClock::time_point next_due() const;
    [[nodiscard]] bool publishing() const;
    [[nodiscard]] bool all_arrived() const;
    void start_what_is_due();
    void tick();
    void run_to_end();

    [[nodiscard]] std::size_t good_apps() const { return options_.receivers / options_.fan_out; }

    Options options_;
    Poller poller_;
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls_{nullptr, SSL_CTX_free};
    std::unique_ptr<Receivers> receivers_;
    std::vector<std::unique_ptr<Caller>> callers_;
    std::vector<Caller*> idle_;
    std::deque<Webhook> to_set_up_;
    std::size_t under_way_ = 0;
    std::vector<std::vector<std::string>> users_;  ///< ids, by app
    std::size_t apps_ = 0;

    std::vector<Event> events_;    ///< of good apps
    std::uint64_t calls_ = 0;      ///< of all apps
    std::uint64_t published_ = 0;  ///< events of calls that were answered
    std::uint64_t deliveries_ = 0;
    std::uint64_t duplicates_ = 0;
    std::uint64_t requests_ = 0;
    std::vector<float> publish_times_;
    std::vector<float> arrival_times_;
    SteadyClock::time_point begin_{};
    SteadyClock::time_point last_publish_{};
    SteadyClock::time_point last_arrival_{};
    SteadyClock::time_point next_tick_{};
    SteadyClock::time_point now_{};
    double idle_memory_ = 0;
    double most_memory_ = 0;
    std::map<std::string, double> cpu_before_;
    std::clock_t own_cpu_before_ = 0;
};

std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> make_tls(const std::string& file) {
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (SSL_CTX_use_certificate_chain_file(tls.get(), file.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls.get(), file.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error(file + " holds no certificate and key");
    return tls;
}

Load::Load(const Options& options) : options_(options) {
    if (!options_.certificate.empty()) tls_ = make_tls(options_.certificate);
    receivers_ = std::make_unique<Receivers>(poller_, tls_.get(),
                                             [this](const std::string_view body) { receive(body); });
    for (std::size_t i = 0; i < options_.receivers; ++i)
        to_set_up_.push_back({app_id(i / options_.fan_out), receivers_->add(Manner::good)});
    apps_ = good_apps();
    constexpr std::array manners{Manner::hanging, Manner::dripping, Manner::failing};
    for (std::size_t kind = 0; kind < manners.size(); ++kind) {
        for (std::size_t i = 0; i < options_.bad[kind]; ++i)
            to_set_up_.push_back({app_id(apps_++), receivers_->add(manners[kind])});
    }
    if (options_.daemon != 0) idle_memory_ = anonymous_memory(options_.daemon);
    for (std::size_t i = 0; i < options_.connections; ++i) {
        callers_.push_back(std::make_unique<Caller>(poller_, options_.port));
        idle_.push_back(callers_.back().get());
    }
}

void Load::set_up() {
    for (auto* const caller : std::exchange(idle_, {}))
        set_up_next(*caller);
    while (under_way_ > 0)
        poller_.poll(std::chrono::seconds(1));
    if (options_.operation != Operation::create_user_session) return;
    users_.resize(apps_);
    for (std::size_t app = 0; app < apps_; ++app) {
        while (idle_.empty())
            poller_.poll(std::chrono::seconds(1));
        auto* const caller = idle_.back();
        idle_.pop_back();
        set_up_users(*caller, app);
    }
    while (idle_.size() < callers_.size())
        poller_.poll(std::chrono::seconds(1));
}

void Load::set_up_users(Caller& caller, const std::size_t app) {
    if (users_[app].size() == users_of_app) {
        idle_.push_back(&caller);
        return;
    }
    const auto body = user_body(std::to_string(users_[app].size()), "");
    caller.call(request("POST", app_id(app) + "/users", options_.token, body),
                [this, app](Caller& again, const Message& created) {
                    require(created, "201");
                    users_[app].emplace_back(between(created.body, R"("id":")", "\""));
                    set_up_users(again, app);
                });
}

void Load::set_up_next(Caller& caller) {
    if (to_set_up_.empty()) {
        idle_.push_back(&caller);
        return;
    }
    const auto webhook = to_set_up_.front();
    to_set_up_.pop_front();
    ++under_way_;
    const auto path = webhook.app + "/webhooks";
    const std::string type =
        options_.operation == Operation::create_user_session ? "user.session.created" : "user.created";
    const auto body =
        R"({"url":")" + webhook.url + R"(","verification_token":"load","events":[")" + type + R"("]})";
    caller.call(request("POST", path, options_.token, body),
                [this, path](Caller& again, const Message& created) {
                    require(created, "201");
                    const auto activate =
                        path + "/" + std::string(between(created.body, R"("id":")", "\"")) + "/activate";
                    again.call(request("POST", activate, options_.token, ""),
                               [this](Caller& last, const Message& activated) {
                                   require(activated, "200");
                                   --under_way_;
                                   set_up_next(last);
                               });
                });
}

void Load::receive(std::string_view body) {
    ++requests_;
    now_ = SteadyClock::now();
    const auto next_mark = [&body] {
        return static_cast<const char*>(memmem(body.data(), body.size(), mark.data(), mark.size()));
    };
    while (const auto* const place = next_mark()) {
        body.remove_prefix(static_cast<std::size_t>(place - body.data()) + mark.size());
        auto& event = events_.at(number_at(body.substr(0, digits)));
        body.remove_prefix(digits);
        if (++event.arrivals > options_.fan_out) {
            ++duplicates_;
            continue;
        }
        const bool first = event.answered == SteadyClock::time_point();
        arrival_times_.push_back(first ? 0 : milliseconds_between(event.answered, now_));
        ++deliveries_;
        last_arrival_ = now_;
    }
}

bool Load::publishing() const {
    if (options_.events > 0) return calls_ * options_.batch < options_.events;
    return SteadyClock::now() - begin_ < std::chrono::duration<double>(options_.seconds);
}

bool Load::all_arrived() const {
    return deliveries_ == events_.size() * options_.fan_out;
}

/// What makes the events from the number `first` on.
std::string Load::event_request(const std::size_t app, const std::uint64_t first) const {
    const auto path = app_id(app);
    switch (options_.operation) {
        case Operation::publish_events:
            return request("POST", path + "/events", options_.token, events_body(first, options_.batch));
        case Operation::create_user: {
            // Those of the round before the measured one are other users.
            const auto name = std::to_string(begin_.time_since_epoch().count()) + "-" + std::to_string(first);
            return request("POST", path + "/users", options_.token, user_body(name, in_digits(first)));
        }
        case Operation::create_user_session: {
            const auto user = first / apps_ % users_of_app;
            return request("POST", path + "/users/" + users_[app][user] + "/sessions", options_.token,
                           session_body(std::to_string(user), in_digits(first)));
        }
    }
    throw std::logic_error("no such operation");
}

void Load::publish(Caller& caller, const SteadyClock::time_point due) {
    const auto app = calls_++ % apps_;
    const bool good = app < good_apps();
    const auto first = events_.size();
    if (good) events_.resize(first + options_.batch);
    caller.call(event_request(app, first), [this, due, first, good](Caller& again, const Message& answer) {
        require(answer, "201");
        note_answer(due);
        if (good) note_published(first);
        idle_.push_back(&again);
    });
}

void Load::note_answer(const SteadyClock::time_point due) {
    last_publish_ = SteadyClock::now();
    published_ += options_.batch;
    publish_times_.push_back(milliseconds_between(due, last_publish_));
}

void Load::note_published(const std::uint64_t first) {
    for (auto i = first; i < first + options_.batch; ++i)
        events_[i].answered = last_publish_;
}

/// The moment of the next call, where it is not "at once".
SteadyClock::time_point Load::next_due() const {
    if (options_.rate <= 0) return begin_;
    // Apps whose receivers misbehave get theirs on top of the rate.
    const double calls = options_.rate / static_cast<double>(options_.batch) * static_cast<double>(apps_) /
                         static_cast<double>(std::max<std::size_t>(good_apps(), 1));
    const std::chrono::duration<double> since(static_cast<double>(calls_) / calls);
    return begin_ + std::chrono::duration_cast<SteadyClock::duration>(since);
}

void Load::start_what_is_due() {
    while (!idle_.empty() && publishing()) {
        if (options_.alone && (idle_.size() < callers_.size() || !all_arrived())) return;
        const auto due = next_due();
        const auto now = SteadyClock::now();
        if (due > now) return;
        auto* const caller = idle_.back();
        idle_.pop_back();
        publish(*caller, options_.rate > 0 ? due : now);
    }
}

void Load::tick() {
    const auto now = SteadyClock::now();
    if (now < next_tick_) return;
    next_tick_ = now + tick_time;
    receivers_->drip();
    if (options_.daemon != 0) most_memory_ = std::max(most_memory_, anonymous_memory(options_.daemon));
}

void Load::warm_up() {
    if (good_apps() == 0) return;
    const auto wanted = options_;
    options_.events = apps_ * options_.batch;
    options_.rate = 0;
    options_.alone = options_.leave = false;
    run_to_end();
    options_ = wanted;
    calls_ = published_ = deliveries_ = duplicates_ = requests_ = 0;
    events_.clear();
    publish_times_.clear();
    arrival_times_.clear();
}

void Load::run() {
    if (options_.daemon != 0) cpu_before_ = cpu_by_thread(options_.daemon);
    own_cpu_before_ = std::clock();
    run_to_end();
}

void Load::run_to_end() {
    begin_ = SteadyClock::now();
    auto progress = std::pair(deliveries_, begin_);
    while (publishing() || idle_.size() < callers_.size() || !(options_.leave || all_arrived())) {
        start_what_is_due();
        const bool waits_for_due = options_.rate > 0 && publishing() && !idle_.empty();
        const auto least = waits_for_due ? next_due() - SteadyClock::now() : SteadyClock::duration(tick_time);
        poller_.poll(std::clamp<SteadyClock::duration>(least, SteadyClock::duration(0), tick_time));
        tick();
        if (progress.first != deliveries_ || publishing()) progress = {deliveries_, SteadyClock::now()};
        if (SteadyClock::now() - progress.second > patience)
            throw std::runtime_error(std::to_string(events_.size() * options_.fan_out - deliveries_) +
                                     " deliveries have not arrived, and none does any more");
    }
}

void Load::report() {
    const auto seconds = [this](const SteadyClock::time_point end) {
        return std::max(milliseconds_between(begin_, end) / 1000.0, 1e-9);
    };
    const auto events = static_cast<double>(published_);
    std::printf("in=%.0f out=%.0f publish_p50=%.3f publish_p99=%.3f", events / seconds(last_publish_),
                deliveries_ == 0 ? 0 : static_cast<double>(deliveries_) / seconds(last_arrival_),
                percentile(publish_times_, 0.5), percentile(publish_times_, 0.99));
    std::printf(" arrival_p50=%.3f arrival_p99=%.3f", percentile(arrival_times_, 0.5),
                percentile(arrival_times_, 0.99));
    if (requests_ > 0) {
        std::printf(" requests=%.0f batch=%.2f", static_cast<double>(requests_) / seconds(last_arrival_),
                    static_cast<double>(deliveries_ + duplicates_) / static_cast<double>(requests_));
    }
    std::printf(" duplicates=%llu", static_cast<unsigned long long>(duplicates_));
    const auto end = std::max(last_arrival_, last_publish_);
    if (options_.daemon != 0) {
        double sum = 0;
        for (auto& [name, used] : cpu_by_thread(options_.daemon)) {
            const auto spent = used - cpu_before_[name];
            sum += spent;
            std::fprintf(stderr, "thread %-16s %7.1f us/event %5.2f cores\n", name.c_str(), spent / events,
                         spent / 1e6 / seconds(end));
        }
        std::printf(" event_cpu=%.1f idle=%.1f anonymous=%.1f", sum / events, idle_memory_, most_memory_);
    }
    std::printf(" load=%.2f\n",
                static_cast<double>(std::clock() - own_cpu_before_) / CLOCKS_PER_SEC / seconds(end));
}

/// Each receiver is a socket that listens, and one for each connection to it.
void raise_file_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

}  // namespace gateway::bench

int main(const int argc, char** const argv) {
    using namespace gateway::bench;  // NOLINT(google-build-using-namespace): a program of one file
    try {
        raise_file_limit();
        Load load(read_options(argc, argv));
        load.set_up();
        load.warm_up();
        load.run();
        load.report();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "delivery_load: " << error.what() << '\n';
        return 1;
    }
}
