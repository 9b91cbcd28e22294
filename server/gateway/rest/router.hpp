// Finds the operation that a method and a path stand for.
#pragma once

#include "server/api/operation.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

namespace http = boost::beast::http;

/// What a request's method and target lead to.
struct Route {
    const api::Operation* operation = nullptr;  ///< nullptr: none
    bool takes_body = false;
    api::PathParameters parameters;
    std::string
        allow;  ///< where the path exists but not the method: the methods that do, for the `Allow` header
};

/// The paths of the operation table. Immutable; used by all threads at once.
class Router {
  public:
    /// The operations must outlive the router.
    explicit Router(std::span<const api::Operation> operations);

    /// `target` as it stands in the request line: a path with an optional query (which is ignored), or an
    /// absolute URL. Segments are split before they are percent-decoded, so `a%2Fb` is one. HEAD is served by
    /// GET. A target that no operation could have (wrong escapes, a trailing slash) leads to nothing.
    [[nodiscard]] Route find(http::verb method, std::string_view target) const;

  private:
    struct Template {
        const api::Binding* binding;
        std::vector<std::string_view> segments;  ///< `{name}` stands for any
        const api::Operation* operation;
    };

    std::vector<Template> templates_;
};

}  // namespace gateway
