#include "server/gateway/rest/router.hpp"

#include "server/gateway/target.hpp"

#include <boost/container/static_vector.hpp>

#include <algorithm>
#include <stdexcept>

namespace gateway {

namespace {

// More than any path of the table has; what comes behind them is left off.
constexpr std::size_t most_segments = 16;

using Segments = boost::container::static_vector<std::string_view, most_segments>;

/// The pieces between the slashes, none where the path does not begin with one.
Segments split(std::string_view path) {
    Segments segments;
    while (path.starts_with('/') && segments.size() < most_segments) {
        path.remove_prefix(1);
        const auto slash = std::min(path.find('/'), path.size());
        segments.push_back(path.substr(0, slash));
        path.remove_prefix(slash);
    }
    return segments;
}

bool is_placeholder(const std::string_view segment) {
    return segment.starts_with('{');
}

std::string_view name_in(const std::string_view placeholder) {
    return placeholder.substr(1, placeholder.size() - 2);
}

void add_method(std::string& allow, const http::verb method) {
    if (!allow.empty()) allow += ", ";
    allow += std::string_view(http::to_string(method));
    if (method == http::verb::get) allow += ", HEAD";
}

/// Takes the fields of these names out of a query; of a repeated one the last counts, as in a body. A text
/// with a wrong escape is taken as it is: its field's type has a word for it.
void read_query(const std::string_view query, const std::vector<std::string_view>& names,
                api::TextFields& fields) {
    for_each_parameter(query, [&](const std::string_view written_key, const std::string_view text) {
        const auto key = percent_decoded(written_key, true);
        const auto name = key ? std::ranges::find(names, *key) : names.end();
        if (name == names.end()) return;
        auto value = percent_decoded(text, true).value_or(std::string(text));
        const auto before = std::ranges::find(fields, *name, &api::TextField::name);
        if (before == fields.end()) {
            fields.push_back({*name, std::move(value)});
        } else {
            before->value = std::move(value);
        }
    });
}

}  // namespace

http::verb verb_of(const api::Method method) noexcept {
    switch (method) {
        case api::Method::get:
            return http::verb::get;
        case api::Method::post:
            return http::verb::post;
        case api::Method::put:
            return http::verb::put;
        case api::Method::patch:
            return http::verb::patch;
        case api::Method::delete_:
            return http::verb::delete_;
    }
    return http::verb::unknown;
}

std::string path_name(const std::string_view field) {
    std::string name;
    bool upper = false;
    for (const char c : field) {
        if (c != '_') name += upper ? static_cast<char>(c - 'a' + 'A') : c;
        upper = c == '_';
    }
    if (name.ends_with("Id")) name.back() = 'D';
    return name;
}

namespace {

/// "X-Correlation-Id" for "correlation_id".
std::string header_name(const std::string_view field) {
    std::string name = "X-";
    bool upper = true;
    for (const char c : field) {
        name += c == '_' ? '-' : upper ? static_cast<char>(c - 'a' + 'A') : c;
        upper = c == '_';
    }
    return name;
}

}  // namespace

FieldPlaces field_places(const api::Operation& operation, const api::Route& route) {
    auto fields = operation.performer.request().fields;
    FieldPlaces places;
    for (const auto segment : split(route.path)) {
        if (!is_placeholder(segment)) continue;
        const auto is_meant = [&](const auto& field) {
            return path_name(field.text.name) == name_in(segment);
        };
        const auto field = std::ranges::find_if(fields, is_meant);
        if (field == fields.end()) {
            throw std::logic_error("the request of " + std::string(operation.id) + " has no field for " +
                                   std::string(segment));
        }
        places.in_path.push_back(field->text.name);
        fields.erase(field);
    }
    if (route.on_app_host) {
        std::erase_if(fields, [](const auto& field) { return field.text.name == "app_id"; });
        places.app_by_host = true;
    }
    auto& others = route.method == api::Method::get ? places.in_query : places.in_body;
    for (const auto& field : fields) {
        if (field.is_metadata)
            places.in_header.push_back({field.text.name, header_name(field.text.name)});
        else
            others.push_back(field.text.name);
    }
    if (!route.body_field.empty() && places.in_body != std::vector{route.body_field}) {
        throw std::logic_error("the body of " + std::string(operation.id) + " cannot be its field " +
                               std::string(route.body_field) + " alone");
    }
    return places;
}

struct Router::Bound {
    http::verb method;
    const api::Operation* operation;
    std::string_view body_field;
    FieldPlaces places;
};

/// What may stand behind a segment.
struct Router::Node {
    std::map<std::string, Node, std::less<>> words;
    std::unique_ptr<Node> placeholder;
    std::vector<Bound> bound;  ///< the routes that end here

    void bind(Bound route) {
        if (std::ranges::find(bound, route.method, &Bound::method) != bound.end()) {
            throw std::logic_error("the route of " + std::string(route.operation->id) + " is another's too");
        }
        bound.push_back(std::move(route));
    }

    /// The node behind these segments, nullptr for none; `values` are what stood for the placeholders.
    [[nodiscard]] const Node* follow(const std::span<const std::string> segments,
                                     std::vector<std::string_view>& values) const {
        if (segments.empty()) return bound.empty() ? nullptr : this;
        const auto word = words.find(segments.front());
        if (word != words.end()) {
            if (const auto* const node = word->second.follow(segments.subspan(1), values)) return node;
        }
        if (!placeholder || segments.front().empty()) return nullptr;
        values.push_back(segments.front());
        if (const auto* const node = placeholder->follow(segments.subspan(1), values)) return node;
        values.pop_back();
        return nullptr;
    }
};

Router::Router(const std::span<const api::Tag> tags) : root_(std::make_unique<Node>()) {
    for (const auto& tag : tags) {
        for (const auto& operation : tag.operations) {
            for (const auto& route : operation.routes) {
                Node* node = root_.get();
                for (const auto segment : split(route.path)) {
                    if (is_placeholder(segment)) {
                        if (!node->placeholder) node->placeholder = std::make_unique<Node>();
                        node = node->placeholder.get();
                    } else {
                        node = &node->words[std::string(segment)];
                    }
                }
                node->bind(
                    {verb_of(route.method), &operation, route.body_field, field_places(operation, route)});
            }
        }
    }
}

Router::~Router() = default;

Destination Router::find(const http::verb method, const std::string_view target) const {
    const auto [path, query] = split_target(target);
    boost::container::static_vector<std::string, most_segments> segments;
    for (const auto segment : split(path)) {
        auto text = percent_decoded(segment, false);
        if (!text) return {};
        segments.push_back(*std::move(text));
    }
    std::vector<std::string_view> values;
    const auto* const node = segments.empty() ? nullptr : root_->follow(segments, values);
    if (!node) return {};

    Destination destination;
    const auto wanted = method == http::verb::head ? http::verb::get : method;
    for (const auto& bound : node->bound) {
        if (bound.method != wanted) {
            add_method(destination.allow, bound.method);
            continue;
        }
        destination.operation = bound.operation;
        destination.takes_body = !bound.places.in_body.empty();
        destination.on_app_host = bound.places.app_by_host;
        destination.body_field = bound.body_field;
        destination.in_header = bound.places.in_header;
        destination.allow.clear();
        for (std::size_t i = 0; i < values.size(); ++i)
            destination.fields.push_back({bound.places.in_path[i], std::string(values[i])});
        if (!bound.places.in_query.empty()) read_query(query, bound.places.in_query, destination.fields);
        return destination;
    }
    return destination;
}

}  // namespace gateway
