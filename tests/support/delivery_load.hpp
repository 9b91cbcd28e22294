// Deliveries under a load of changes, by a daemon that is killed: for tests of what arrives in the end.
#pragma once

#include "tests/support/certificates.hpp"
#include "tests/support/clients.hpp"
#include "tests/support/event_load.hpp"
#include "tests/support/receiver.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace gateway::test {

/// Webhooks for all types of events, and receivers that outlive every daemon, one of them with TLS.
class DeliveryFolder : public LoadFolder {
  public:
    DeliveryFolder(std::size_t receivers, std::size_t webhooks_per_receiver);

    /// For a daemon that finds the receivers.
    [[nodiscard]] std::vector<std::string> settings() const;

    /// How many have come to all receivers.
    [[nodiscard]] std::size_t requests() const;

    /// The ids of each request to each webhook, in their order.
    [[nodiscard]] std::map<std::string, std::vector<std::vector<std::string>>> arrivals() const;

    /// Returns when the receivers have read all that a daemon sent that is gone.
    void wait_for_ends() const;

  private:
    CertificateAuthority authority_;
    std::vector<std::unique_ptr<Receiver>> receivers_;
};

/// Serves under load until a moment that `random` chooses, and is killed. A first delivery comes soon after
/// the start, unless it is killed before.
void kill_under_load(const DeliveryFolder& folder, std::mt19937_64& random, std::size_t clients,
                     const Clients::Ask& ask);

/// A daemon that ends by itself when nothing is pending any more.
void deliver_all(const DeliveryFolder& folder);

}  // namespace gateway::test
