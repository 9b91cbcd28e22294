// The ways to call the operations, and which of them a path is for.
#pragma once

#include "server/gateway/binding.hpp"
#include "server/gateway/target.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gateway {

/// Immutable; used by all threads at once.
class Bindings {
  public:
    /// A path is for `by_name` where it begins with a service of this proto package, be there such a one or
    /// not, else for `by_path`.
    Bindings(std::unique_ptr<const Binding> by_path, std::unique_ptr<const Binding> by_name,
             std::string_view package);

    [[nodiscard]] const Binding& of(const std::string_view target) const noexcept {
        return split_target(target).first.starts_with(services_) ? *by_name_ : *by_path_;
    }

  private:
    std::unique_ptr<const Binding> by_path_;
    std::unique_ptr<const Binding> by_name_;
    std::string services_;  // what their paths begin with
};

/// Those of these tables, which must outlive them. Throws as RestBinding and ConnectBinding do.
Bindings bindings_of(std::span<const api::Tag> tags);

}  // namespace gateway
