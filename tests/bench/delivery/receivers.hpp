// Receivers on ports of this machine that answer at once, or misbehave as they are told.
#pragma once

#include "tests/bench/delivery/wire.hpp"

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::bench {

/// What a receiver does with deliveries; each answers its challenge.
enum class Manner {
    good,      ///< 200
    hanging,   ///< nothing
    dripping,  ///< 200, a byte a tick
    failing,   ///< 500
};

class Receivers {
  public:
    /// Called with the body of each delivery to a good receiver.
    using OnDelivery = std::function<void(std::string_view body)>;

    /// All of them outlive this; `tls` may be null.
    Receivers(const Poller& poller, SSL_CTX* tls, OnDelivery on_delivery);
    ~Receivers();
    Receivers(const Receivers&) = delete;
    Receivers& operator=(const Receivers&) = delete;

    /// Gives its url.
    std::string add(Manner manner);

    /// To be called ten times a second.
    void drip();

  private:
    class Listener;
    class Connection;

    void accept(int listener, Manner manner);

    const Poller& poller_;
    SSL_CTX* tls_;
    OnDelivery on_delivery_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::list<Connection> connections_;
};

}  // namespace gateway::bench
