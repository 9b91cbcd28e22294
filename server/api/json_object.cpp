#include "server/api/json_object.hpp"

#include "server/api/wire.hpp"
#include "server/text/quote.hpp"

#include <map>
#include <utility>

namespace gateway::api {

namespace {

/// An object's text while it is put together.
class ObjectText {
  public:
    void add(const JsonText key, const std::string_view value) {
        if (text_.size() > 1) text_ += ',';
        text_.append(key.text()).append(":").append(value);
    }

    [[nodiscard]] std::string end() && { return std::move(text_) + '}'; }

  private:
    std::string text_ = "{";
};

/// What stands where `value` stood, or where nothing did.
std::string patched(const JsonText value, const JsonText patch) {
    if (!patch.is_object()) return std::string(patch.text());
    return merge_patch(value.is_object() ? value : JsonText("{}"), patch);
}

bool is_null(const JsonText value) {
    return value.text() == "null";
}

}  // namespace

Result<std::string> read_object(const std::string_view field, const JsonText value,
                                const ObjectLimits& limits) {
    if (!value.is_object()) return wrong(field, kind(value), "a JSON object");
    const auto size = check_size(field, value.text().size(), limits);
    if (size.has_error()) return size.error();
    const auto keys = judge_keys(value, limits.depth);
    if (keys.too_deep)
        return wrong(field, "more than " + std::to_string(limits.depth) + " values inside each other",
                     "fewer");
    if (keys.repeated) return wrong(field, "the key " + quote(*keys.repeated) + " twice", "each key once");
    return std::string(value.text());
}

Result<void> check_size(const std::string_view field, const std::size_t bytes, const ObjectLimits& limits) {
    if (bytes <= limits.bytes) return {};
    return wrong(field, std::to_string(bytes) + " bytes without white space",
                 "at most " + std::to_string(limits.bytes));
}

std::string merge_patch(const JsonText object, const JsonText patch) {
    std::map<std::string, JsonText> changes;
    patch.for_each_member(
        [&](const JsonText key, const JsonText value) { changes.emplace(key.decoded(), value); });
    ObjectText merged;
    object.for_each_member([&](const JsonText key, const JsonText value) {
        const auto change = changes.find(key.decoded());
        if (change == changes.end()) {
            merged.add(key, value.text());
            return;
        }
        if (!is_null(change->second)) merged.add(key, patched(value, change->second));
        changes.erase(change);
    });
    patch.for_each_member([&](const JsonText key, const JsonText value) {
        if (!is_null(value) && changes.contains(key.decoded()))
            merged.add(key, patched(JsonText("null"), value));
    });
    return std::move(merged).end();
}

}  // namespace gateway::api
