#include "storage/secrets/secrets.hpp"

#include "storage/values/private_file.hpp"

#include <stdexcept>

namespace gateway::storage {

namespace {

/// Empty when the database names no key yet.
std::string named_key(Session& session) {
    Query row = session.query("SELECT key_id FROM sealing_key");
    return row.step() ? std::string(row.text(0)) : std::string();
}

Keyring open_or_create(const bool may_create, const std::filesystem::path& key_file,
                       const RandomSource& random) {
    if (may_create && !std::filesystem::exists(key_file)) {
        make_folder_of(key_file);
        return Keyring::create(key_file, random);
    }
    return Keyring(key_file);
}

}  // namespace

Secrets::Secrets(Session& session, const std::filesystem::path& key_file, RandomSource random,
                 const Clock& clock)
    : random_(std::move(random)), keyring_(open_or_create(named_key(session).empty(), key_file, random_)) {
    const auto named = named_key(session);
    if (named.empty()) {
        session
            .query("INSERT INTO sealing_key (key_id, since) VALUES (?, ?)", keyring_.keys().front()->id(),
                   clock())
            .step();
    } else {
        keyring_.get(named);
    }
}

Secrets::Secrets(const std::filesystem::path& key_file, RandomSource random)
    : random_(std::move(random)), keyring_(key_file) {}

std::vector<std::uint8_t> Secrets::seal(Snapshot& snapshot, const std::string_view plaintext,
                                        const std::string_view context) {
    return key_in_use(snapshot)->seal(plaintext, context, random_);
}

std::string Secrets::open(Snapshot& snapshot, const Blob sealed, const std::string_view context) {
    return key_in_use(snapshot)->open(sealed, context);
}

SealingKeyPtr Secrets::key_in_use(Snapshot& snapshot) {
    Query row = snapshot.query("SELECT key_id FROM sealing_key");
    if (!row.step())
        throw std::runtime_error("the database names no sealing key; run `session-gateway migrate`");
    return keyring_.get(row.text(0));
}

}  // namespace gateway::storage
