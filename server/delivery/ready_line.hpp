// Who is next: apps in turn, and the webhooks of each in turn.
#pragma once

#include "server/delivery/receiver.hpp"

#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

namespace gateway::delivery {

/// The receivers that something can be sent to now. A slow or busy app costs the others no turn.
class ReadyLine {
  public:
    struct App {
        std::string id;
        std::deque<Receiver*> ready;
        std::size_t in_flight = 0;   ///< requests
        std::size_t body_bytes = 0;  ///< of these
        bool in_turn = false;
    };

    /// Puts a receiver with a known target at the end of its app's line, once; at its head where it has
    /// waited there already.
    void push(Receiver& receiver) {
        if (std::exchange(receiver.ready, true)) return;
        auto& app = this->app(receiver.app_id);
        if (receiver.in_turn) {
            app.ready.push_front(&receiver);
        } else {
            app.ready.push_back(&receiver);
        }
        put_in_turn(app);
    }

    /// Takes the next receiver of the next app that `may_send` lets have one; nullptr where there is none.
    Receiver* take(const std::function<bool(const App&)>& may_send) {
        for (auto left = turns_.size(); left > 0; --left) {
            App* const app = turns_.front();
            turns_.pop_front();
            app->in_turn = false;
            if (app->ready.empty()) {
                tidy(std::string(app->id));
                continue;
            }
            if (!may_send(*app)) {
                put_in_turn(*app);
                continue;
            }
            Receiver* const receiver = app->ready.front();
            app->ready.pop_front();
            receiver->ready = false;
            put_in_turn(*app);
            return receiver;
        }
        return nullptr;
    }

    /// Takes a receiver out, wherever it stands.
    void remove(Receiver& receiver) {
        if (!std::exchange(receiver.ready, false)) return;
        std::erase(app(receiver.app_id).ready, &receiver);
    }

    [[nodiscard]] App& app(const std::string& id) {
        const auto [found, made] = apps_.try_emplace(id);
        if (made) found->second.id = id;
        return found->second;
    }

    /// Forgets an app of which nothing is left.
    void tidy(const std::string& id) {
        const auto found = apps_.find(id);
        if (found == apps_.end()) return;
        const App& app = found->second;
        if (app.ready.empty() && app.in_flight == 0 && !app.in_turn) apps_.erase(found);
    }

  private:
    void put_in_turn(App& app) {
        if (app.ready.empty() || std::exchange(app.in_turn, true)) return;
        turns_.push_back(&app);
    }

    std::unordered_map<std::string, App> apps_;  // by id; an element stays where it is
    std::deque<App*> turns_;
};

}  // namespace gateway::delivery
