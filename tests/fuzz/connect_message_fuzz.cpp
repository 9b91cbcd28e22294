// Messages of calls by name: what is made of them is JSON, whatever they hold.

#include "server/gateway/connect/connect_json.hpp"
#include "server/gateway/connect/gzip.hpp"
#include "server/gateway/connect/protobuf_codec.hpp"
#include "tests/fuzz/target.hpp"

#include <boost/json/parse.hpp>

#include <string>
#include <string_view>

namespace gateway::fuzz {

namespace {

const connect::ProtoSchema& schema() {
    static const connect::ProtoSchema schema(api::tags());
    return schema;
}

void expect_object(const std::string& text) {
    boost::system::error_code error;
    boost::json::parse_options any_depth;
    any_depth.max_depth = 100;
    const auto json = boost::json::parse(text, error, {}, any_depth);
    expect(!error && json.is_object(), "a message becomes a JSON object");
}

}  // namespace

void try_input(const std::string_view input) {
    static const connect::ProtobufCodec codec(schema());
    constexpr std::size_t limit = 4'096;
    const auto json = connect::as_json(input);
    for (const auto& message : schema().messages()) {
        if (message.is_wrapper) continue;
        if (const auto object = codec.to_paths_json(message, input)) expect_object(*object);
        if (json && api::JsonText(*json).is_object())
            expect_object(connect::to_paths_json(message, api::JsonText(*json)));
    }
    const auto opened = connect::gunzip(input, limit);
    expect(opened.has_error() || opened->size() <= limit, "no more comes out of gzip than there may");
}

}  // namespace gateway::fuzz
