// The binding by paths: /v2/session/apps/{appID}/…
#pragma once

#include "server/gateway/binding.hpp"
#include "server/gateway/rest/router.hpp"

#include <span>

namespace gateway {

class RestBinding final : public Binding {
  public:
    /// The tables must outlive it. Throws as Router does.
    explicit RestBinding(const std::span<const api::Tag> tags) : router_(tags) {}

    [[nodiscard]] Destination find(const http::verb method, const std::string_view target) const override {
        return router_.find(method, target);
    }

    [[nodiscard]] Result<void> read(const HttpRequest& request, Destination& destination, std::size_t limit,
                                    Call& call) const override;
    [[nodiscard]] Response success(const HttpRequest& request, const Destination& destination,
                                   const Call& call, api::Success success, std::string text) const override;
    [[nodiscard]] Response error(const HttpRequest& request, const ApiError& error) const override;

  private:
    Router router_;
};

}  // namespace gateway
