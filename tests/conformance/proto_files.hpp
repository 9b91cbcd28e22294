// Messages of .proto files that are read when the program runs.
#pragma once

#include <boost/json/object.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gateway::conformance {

/// What the URLs of types begin with.
inline constexpr std::string_view type_host = "type.googleapis.com/";

/// Immutable; used by all threads at once. Types are named in full: "google.protobuf.Any".
class ProtoFiles {
  public:
    /// Reads these files and what they import from the first folder that has them. Throws std::runtime_error
    /// that names the first fault.
    ProtoFiles(std::span<const std::filesystem::path> folders, std::span<const std::string_view> files);
    ~ProtoFiles();
    ProtoFiles(const ProtoFiles&) = delete;
    ProtoFiles& operator=(const ProtoFiles&) = delete;

    /// A message of the binary form in the JSON form of Protocol Buffers; nothing where it is none.
    [[nodiscard]] std::optional<boost::json::object> to_json(std::string_view type,
                                                             const std::string& bytes) const;

    /// The way back, from any spelling of that JSON.
    [[nodiscard]] std::optional<std::string> to_bytes(std::string_view type, std::string_view json) const;

  private:
    struct Types;

    std::unique_ptr<Types> types_;
};

}  // namespace gateway::conformance
