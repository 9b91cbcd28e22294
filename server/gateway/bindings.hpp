// The ways to call the operations, and which of them a path is for.
#pragma once

#include "server/gateway/connect/connect_binding.hpp"
#include "server/gateway/rest/rest_binding.hpp"

#include <span>
#include <string_view>

namespace gateway {

/// Immutable; used by all threads at once.
class Bindings {
  public:
    /// The tables must outlive them. Throws as they do.
    explicit Bindings(const std::span<const api::Tag> tags) : rest_(tags), connect_(tags) {}

    [[nodiscard]] const Binding& of(const std::string_view target) const noexcept {
        if (connect::ConnectBinding::answers(target)) return connect_;
        return rest_;
    }

  private:
    RestBinding rest_;
    connect::ConnectBinding connect_;
};

}  // namespace gateway
