#include "server/gateway/connect/protobuf_codec.hpp"

#include "server/gateway/connect/connect_json.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <google/protobuf/arena.h>
#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>
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

// What is written is put together here: by way of a message in memory a call took 7 us more.

void add_varint(std::string& out, const std::uint64_t number) {
    std::array<std::uint8_t, 10> bytes{};
    const auto* const end = protobuf::io::CodedOutputStream::WriteVarint64ToArray(number, bytes.data());
    out.append(bytes.begin(), bytes.begin() + (end - bytes.data()));
}

void add_number(std::string& out, const ProtoField& field, const std::int64_t number) {
    if (number == 0 && !field.is_optional && !field.is_list) return;  // as proto3 has it
    add_varint(out, static_cast<std::uint64_t>(field.number) << 3);
    add_varint(out, static_cast<std::uint64_t>(number));
}

void add_bytes(std::string& out, const ProtoField& field, const std::string_view bytes) {
    add_varint(out, static_cast<std::uint64_t>(field.number) << 3 | 2);
    add_varint(out, bytes.size());
    out.append(bytes);
}

void add_text(std::string& out, const ProtoField& field, const std::string_view text) {
    if (!text.empty() || field.is_optional || field.is_list) add_bytes(out, field, text);
}

std::string bytes_of(const ProtoMessage& type, JsonText object);

void add_field(std::string& out, const ProtoField& field, const JsonText value) {
    switch (field.kind) {
        case ProtoKind::text:
            add_text(out, field, value.decoded());
            return;
        case ProtoKind::json:
            add_text(out, field, value.text());
            return;
        case ProtoKind::boolean:
            add_number(out, field, value.text() == "true" ? 1 : 0);
            return;
        case ProtoKind::int32:
            add_number(out, field, number_of<std::int32_t>(value));
            return;
        case ProtoKind::int64:
            add_number(out, field, number_of<std::int64_t>(value));
            return;
        case ProtoKind::message:
            add_bytes(out, field, bytes_of(*field.message, value));
    }
}

std::string bytes_of(const ProtoMessage& type, const JsonText object) {
    std::string out;
    out.reserve(object.text().size());
    const auto add_items = [&out](const ProtoField& field, const JsonText array) {
        array.for_each_item([&](const JsonText item) { add_field(out, field, item); });
    };
    if (type.is_wrapper) {
        add_items(type.fields.front(), object);
        return out;
    }
    object.for_each_member([&](const JsonText key, const JsonText value) {
        const auto* const field = field_of(type, key);
        if (!field) return;
        if (field->is_list)
            add_items(*field, value);
        else
            add_field(out, *field, value);
    });
    return out;
}

/// For one message with all that is in it: on the stack, as far as there is room.
class Memory {
  public:
    [[nodiscard]] protobuf::Arena& arena() noexcept { return arena_; }

  private:
    alignas(std::max_align_t) std::array<char, 4096> room_;  // NOLINT(*-member-init): scratch space
    protobuf::Arena arena_{room_.data(), room_.size()};
};

}  // namespace

struct ProtobufCodec::Types {
    protobuf::DescriptorPool pool;
    protobuf::DynamicMessageFactory factory;
    std::unordered_map<const ProtoMessage*, const protobuf::Message*> prototypes;

    [[nodiscard]] protobuf::Message& make(const ProtoMessage& message, protobuf::Arena& arena) const {
        return *prototypes.at(&message)->New(&arena);
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
    Memory memory;
    auto& parsed = types_->make(message, memory.arena());
    if (!parsed.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
    std::string json;
    add_json(json, message, parsed);
    return json;
}

std::string ProtobufCodec::to_bytes(const ProtoMessage& message, const JsonText object) {
    return bytes_of(message, object);
}

}  // namespace gateway::connect
