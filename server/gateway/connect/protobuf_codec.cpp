#include "server/gateway/connect/protobuf_codec.hpp"

#include "server/gateway/connect/connect_json.hpp"

#include <charconv>
#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <limits>
#include <stdexcept>
#include <unordered_map>

namespace gateway::connect {

namespace protobuf = google::protobuf;
using api::JsonText;

namespace {

/// Keeps the first complaint about a file.
class FirstFault : public protobuf::io::ErrorCollector, public protobuf::DescriptorPool::ErrorCollector {
  public:
    void AddError(const int line, int, const std::string& message) override {
        keep("line " + std::to_string(line + 1) + ": " + message);
    }

    void AddError(const std::string&, const std::string& element, const protobuf::Message*, ErrorLocation,
                  const std::string& message) override {
        keep(element + ": " + message);
    }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

  private:
    void keep(std::string text) {
        if (text_.empty()) text_ = std::move(text);
    }

    std::string text_;
};

const protobuf::FileDescriptor& build(const std::string& text, protobuf::DescriptorPool& pool) {
    protobuf::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
    FirstFault faults;
    protobuf::io::Tokenizer tokenizer(&input, &faults);
    protobuf::compiler::Parser parser;
    parser.RecordErrorsTo(&faults);
    protobuf::FileDescriptorProto file;
    file.set_name("session_gateway.proto");
    const auto* const built =
        parser.Parse(&tokenizer, &file) ? pool.BuildFileCollectingErrors(file, &faults) : nullptr;
    if (!built) throw std::logic_error("the proto schema is wrong: " + faults.text());
    return *built;
}

const protobuf::FieldDescriptor* descriptor_of(const protobuf::Message& message, const ProtoField& field) {
    return message.GetDescriptor()->field(field.number - 1);
}

void add_json(std::string& out, const ProtoMessage& type, const protobuf::Message& message);

/// Adds one value; `index` is its place in a list, and counts for nothing else.
void add_value(std::string& out, const ProtoField& field, const protobuf::Message& message, const int index) {
    const auto* const descriptor = descriptor_of(message, field);
    const auto& values = *message.GetReflection();
    std::string buffer;
    const auto text = [&]() -> const std::string& {
        return field.is_list ? values.GetRepeatedStringReference(message, descriptor, index, &buffer)
                             : values.GetStringReference(message, descriptor, &buffer);
    };
    switch (field.kind) {
        case ProtoKind::text:
            out += json_string(text());
            return;
        case ProtoKind::json:
            out += as_json(text()).value_or(json_string(text()));
            return;
        case ProtoKind::boolean:
            out += (field.is_list ? values.GetRepeatedBool(message, descriptor, index)
                                  : values.GetBool(message, descriptor))
                       ? "true"
                       : "false";
            return;
        case ProtoKind::int32:
            out += std::to_string(field.is_list ? values.GetRepeatedInt32(message, descriptor, index)
                                                : values.GetInt32(message, descriptor));
            return;
        case ProtoKind::int64:
            out += std::to_string(field.is_list ? values.GetRepeatedInt64(message, descriptor, index)
                                                : values.GetInt64(message, descriptor));
            return;
        case ProtoKind::message:
            add_json(out, *field.message,
                     field.is_list ? values.GetRepeatedMessage(message, descriptor, index)
                                   : values.GetMessage(message, descriptor));
    }
}

void add_list(std::string& out, const ProtoField& field, const protobuf::Message& message) {
    const int count = message.GetReflection()->FieldSize(message, descriptor_of(message, field));
    out += '[';
    for (int i = 0; i < count; ++i) {
        if (i > 0) out += ',';
        add_value(out, field, message, i);
    }
    out += ']';
}

void add_json(std::string& out, const ProtoMessage& type, const protobuf::Message& message) {
    if (type.is_wrapper) {
        add_list(out, type.fields.front(), message);
        return;
    }
    out += '{';
    for (const auto& field : type.fields) {
        const bool is_there =
            field.is_list || message.GetReflection()->HasField(message, descriptor_of(message, field));
        if (!is_there && default_json(field).empty()) continue;
        if (out.back() != '{') out += ',';
        out.append("\"").append(field.name).append("\":");
        if (field.is_list)
            add_list(out, field, message);
        else
            add_value(out, field, message, 0);
    }
    out += '}';
}

template <class Number>
Number number_of(const JsonText value) {
    Number number = 0;
    const auto text = value.text();
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    // What is larger than there is room for is as large as there is.
    return end.ec == std::errc::result_out_of_range ? std::numeric_limits<Number>::max() : number;
}

void fill(protobuf::Message& message, const ProtoMessage& type, JsonText object);

void set_value(protobuf::Message& message, const ProtoField& field, const JsonText value) {
    const auto* const descriptor = descriptor_of(message, field);
    const auto& values = *message.GetReflection();
    switch (field.kind) {
        case ProtoKind::text:
        case ProtoKind::json: {
            auto text = field.kind == ProtoKind::text ? value.decoded() : std::string(value.text());
            if (field.is_list)
                values.AddString(&message, descriptor, std::move(text));
            else
                values.SetString(&message, descriptor, std::move(text));
            return;
        }
        case ProtoKind::boolean:
            if (field.is_list)
                values.AddBool(&message, descriptor, value.text() == "true");
            else
                values.SetBool(&message, descriptor, value.text() == "true");
            return;
        case ProtoKind::int32:
            if (field.is_list)
                values.AddInt32(&message, descriptor, number_of<std::int32_t>(value));
            else
                values.SetInt32(&message, descriptor, number_of<std::int32_t>(value));
            return;
        case ProtoKind::int64:
            if (field.is_list)
                values.AddInt64(&message, descriptor, number_of<std::int64_t>(value));
            else
                values.SetInt64(&message, descriptor, number_of<std::int64_t>(value));
            return;
        case ProtoKind::message:
            fill(field.is_list ? *values.AddMessage(&message, descriptor)
                               : *values.MutableMessage(&message, descriptor),
                 *field.message, value);
    }
}

void fill(protobuf::Message& message, const ProtoMessage& type, const JsonText object) {
    const auto set_items = [&message](const ProtoField& field, const JsonText array) {
        array.for_each_item([&](const JsonText item) { set_value(message, field, item); });
    };
    if (type.is_wrapper) {
        set_items(type.fields.front(), object);
        return;
    }
    object.for_each_member([&](const JsonText key, const JsonText value) {
        const auto* const field = type.find(key.decoded());
        if (!field) return;
        if (field->is_list)
            set_items(*field, value);
        else
            set_value(message, *field, value);
    });
}

}  // namespace

struct ProtobufCodec::Types {
    protobuf::DescriptorPool pool;
    protobuf::DynamicMessageFactory factory;
    std::unordered_map<const ProtoMessage*, const protobuf::Message*> prototypes;

    [[nodiscard]] std::unique_ptr<protobuf::Message> make(const ProtoMessage& message) const {
        return std::unique_ptr<protobuf::Message>(prototypes.at(&message)->New());
    }
};

ProtobufCodec::ProtobufCodec(const ProtoSchema& schema) : types_(std::make_unique<Types>()) {
    // It would write what it thinks of a client's bytes to standard error.
    static protobuf::LogHandler* const handler_before = protobuf::SetLogHandler(nullptr);
    static_cast<void>(handler_before);
    const auto& file = build(proto_text(schema), types_->pool);
    for (const auto& message : schema.messages())
        types_->prototypes.emplace(&message,
                                   types_->factory.GetPrototype(file.FindMessageTypeByName(message.name)));
}

ProtobufCodec::~ProtobufCodec() = default;

std::optional<std::string> ProtobufCodec::to_paths_json(const ProtoMessage& message,
                                                        const std::string_view bytes) const {
    const auto parsed = types_->make(message);
    if (!parsed->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
    std::string json;
    add_json(json, message, *parsed);
    return json;
}

std::string ProtobufCodec::to_bytes(const ProtoMessage& message, const JsonText object) const {
    const auto filled = types_->make(message);
    fill(*filled, message, object);
    return filled->SerializeAsString();
}

}  // namespace gateway::connect
