#include "server/gateway/bindings.hpp"

#include "server/gateway/connect/connect_binding.hpp"
#include "server/gateway/rest/rest_binding.hpp"

#include <utility>

namespace gateway {

Bindings::Bindings(std::unique_ptr<const Binding> by_path, std::unique_ptr<const Binding> by_name,
                   const std::string_view package)
    : by_path_(std::move(by_path)),
      by_name_(std::move(by_name)),
      services_('/' + std::string(package) + '.') {}

Bindings bindings_of(const std::span<const api::Tag> tags) {
    return {std::make_unique<RestBinding>(tags), std::make_unique<connect::ConnectBinding>(tags),
            connect::proto_package};
}

}  // namespace gateway
