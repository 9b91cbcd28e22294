// Fixtures for tests of the binary: a folder to run it in, without and with a database.
#pragma once

#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway::test {

using Arguments = std::vector<std::string>;

/// For the messages of the tests.
std::string joined(const Arguments& arguments);

bool holds(std::string_view text, std::string_view part);

/// The one line that `text` must be, without its end.
std::string only_line(const std::string& text);

std::string content_of(const std::filesystem::path& path);

/// A folder to run the binary in. Nothing is there yet.
class CommandFolder {
  public:
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return folder_.path(); }

    /// Where the defaults put them.
    [[nodiscard]] std::filesystem::path database() const { return path() / "data/session-gateway.db"; }

    [[nodiscard]] std::filesystem::path key_file() const { return path() / "data/session-gateway.key"; }

    /// Makes a file in the folder.
    void write(const std::string& name, const std::string& text) const;

    using Environment = std::vector<std::pair<std::string, std::string>>;
    [[nodiscard]] Outcome run(const Arguments& arguments, const std::string& input = {},
                              const Environment& environment = {}) const;

    // Each of these runs the binary and requires how it ends: what is not printed as it must be fails the
    // test.

    /// Status 0, nothing on stderr; gives what was printed.
    std::string succeed(const Arguments& arguments, const std::string& input = {}) const;

    /// Status 1, nothing printed, one line on stderr; gives that line.
    std::string fail(const Arguments& arguments, const std::string& input = {},
                     const Environment& environment = {}) const;

    /// Status 2, nothing printed; gives what is on stderr.
    std::string misuse(const Arguments& arguments) const;

  private:
    TemporaryFolder folder_;
};

/// With a database and its key file.
class MigratedFolder : public CommandFolder {
  public:
    MigratedFolder() { succeed({"migrate"}); }

    /// What a subcommand prints with `--json`.
    [[nodiscard]] boost::json::value print_json(Arguments arguments) const;

    /// The only item of a list.
    [[nodiscard]] boost::json::object only_item(const Arguments& arguments) const;

    /// All that the database's files hold, the log of its last writes too.
    [[nodiscard]] std::string database_bytes() const;
};

/// With an app, 54e9ujn.
class AppFolder : public MigratedFolder {
  public:
    AppFolder() { succeed({"app", "create", "--id", "54e9ujn", "--name", "Shop"}); }

    /// `webhook create` for the app.
    static Arguments webhook_with(const Arguments& more);

    static Arguments webhook_with_token(const std::string& source) {
        return webhook_with({"--url", "https://example.com/", "--verification-token", source});
    }

    /// Gives the webhook's id.
    [[nodiscard]] std::string add_webhook(const Arguments& more) const {
        return only_line(succeed(webhook_with(more)));
    }

    [[nodiscard]] std::string unsealed_token(const std::string& webhook_id) const;
};

}  // namespace gateway::test
