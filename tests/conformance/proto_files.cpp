#include "tests/conformance/proto_files.hpp"

#include <boost/json/parse.hpp>

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <stdexcept>

namespace gateway::conformance {

namespace protobuf = google::protobuf;

namespace {

class Faults : public protobuf::compiler::MultiFileErrorCollector {
  public:
    void AddError(const std::string& file, const int line, int, const std::string& message) override {
        throw std::runtime_error(file + ", line " + std::to_string(line + 1) + ": " + message);
    }
};

std::string url_of(const std::string_view type) {
    return std::string(type_host) + std::string(type);
}

}  // namespace

struct ProtoFiles::Types {
    protobuf::compiler::DiskSourceTree folders;
    Faults faults;
    protobuf::compiler::Importer importer{&folders, &faults};
    std::unique_ptr<protobuf::util::TypeResolver> resolver;
};

ProtoFiles::ProtoFiles(const std::span<const std::filesystem::path> folders,
                       const std::span<const std::string_view> files)
    : types_(std::make_unique<Types>()) {
    for (const auto& folder : folders)
        types_->folders.MapPath("", folder.string());
    for (const auto file : files)
        if (!types_->importer.Import(std::string(file)))
            throw std::runtime_error(std::string(file) + " is in none of the folders");
    types_->resolver.reset(protobuf::util::NewTypeResolverForDescriptorPool(
        std::string(type_host.substr(0, type_host.size() - 1)), types_->importer.pool()));
}

ProtoFiles::~ProtoFiles() = default;

std::optional<boost::json::object> ProtoFiles::to_json(const std::string_view type,
                                                       const std::string& bytes) const {
    std::string json;
    const auto status =
        protobuf::util::BinaryToJsonString(types_->resolver.get(), url_of(type), bytes, &json);
    if (!status.ok()) return std::nullopt;
    return boost::json::parse(json).as_object();
}

std::optional<std::string> ProtoFiles::to_bytes(const std::string_view type,
                                                const std::string_view json) const {
    std::string bytes;
    const auto status = protobuf::util::JsonToBinaryString(types_->resolver.get(), url_of(type),
                                                           {json.data(), json.size()}, &bytes);
    if (!status.ok()) return std::nullopt;
    return bytes;
}

}  // namespace gateway::conformance
