// Finds the operation that a method and a path stand for, and the fields of its request that a target holds.
#pragma once

#include "server/api/operation.hpp"
#include "server/gateway/binding.hpp"

#include <boost/beast/http/verb.hpp>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

namespace http = boost::beast::http;

/// The method of HTTP.
http::verb verb_of(api::Method method) noexcept;

/// What stands for a field in a path: "appID" for "app_id".
std::string path_name(std::string_view field);

/// Where the fields of an operation's request are when it is called by a route: those that its path does not
/// name are in the query of a GET, and else in the body, metadata apart.
struct FieldPlaces {
    bool app_by_host = false;               ///< `app_id` is in none of the others
    std::vector<HeaderField> in_header;     ///< metadata
    std::vector<std::string_view> in_path;  ///< names of fields, in the order of the path
    std::vector<std::string_view> in_query;
    std::vector<std::string_view> in_body;
};

/// Throws std::logic_error for a route that names what is no field of the request, or leaves fields over
/// beside the one that the body is.
FieldPlaces field_places(const api::Operation& operation, const api::Route& route);

/// The paths of the operation tables. Immutable; used by all threads at once.
class Router {
  public:
    /// The tables must outlive the router. Throws std::logic_error for two routes that one target could mean.
    explicit Router(std::span<const api::Tag> tags);
    ~Router();
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    /// `target` as it stands in the request line: a path with an optional query, or an absolute URL. Segments
    /// are split before they are percent-decoded, so `a%2Fb` is one; a word of the table goes before a
    /// placeholder. HEAD is served by GET. A target that no operation could have (wrong escapes, a trailing
    /// slash) leads to nothing.
    [[nodiscard]] Destination find(http::verb method, std::string_view target) const;

  private:
    struct Bound;
    struct Node;

    std::unique_ptr<Node> root_;
};

}  // namespace gateway
