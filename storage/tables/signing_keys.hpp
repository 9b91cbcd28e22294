// The table `signing_keys`: the RSA keys that an app's deliveries are signed with.
#pragma once

#include "storage/engine/statement.hpp"
#include "storage/values/timestamp.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

struct SigningKey {
    std::string id;
    std::string app_id;
    std::string modulus;  ///< 2048 bits in base64url; the exponent is 65537
    Timestamp created_at;
    Timestamp signs_from;
    std::optional<Timestamp> retired_at = {};  ///< nothing: it is published

    /// Why not all of its row can be read, as fault_in_row() says it; empty: it can. What cannot is empty.
    std::string fault = {};
};

/// Those of an app, in the order of their making, retired ones too.
std::vector<SigningKey> list_signing_keys(Snapshot& snapshot, const std::string& app_id);

/// Of keys in the order of their making the one that signs at that time: the last one whose time has come,
/// or else (the clock was set back) the first; retired ones do not count. nullptr: there is none.
const SigningKey* signing_key_at(const std::vector<SigningKey>& keys, Timestamp now);

/// The private part (PKCS#1) under the sealing key in use, sealed for the key's id; empty where there is no
/// such key, or it is retired.
std::vector<std::uint8_t> sealed_private_key(Snapshot& snapshot, const std::string& key_id);

/// Writes a new row, of the time of the job. The app must exist.
void insert_signing_key(Transaction& transaction, const SigningKey& key, Blob sealed_private_key);

/// As insert_signing_key(), unless the app is gone or has a key that is not retired: false then.
bool insert_first_signing_key(Transaction& transaction, const SigningKey& key, Blob sealed_private_key);

/// Its private part is gone then. False where there is no such key, or it is retired already.
bool retire_signing_key(Transaction& transaction, const std::string& key_id);

/// Some apps that have no key but retired ones, oldest first; none where each has one.
std::vector<std::string> apps_without_signing_key(Snapshot& snapshot);

}  // namespace gateway::storage
