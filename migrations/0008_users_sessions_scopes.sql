-- Users with their identifiers, sessions and scopes, and the events that tell of them. Nothing here hangs on the row of
-- an app: when that is deleted, its users go in parts behind it.

CREATE TABLE users (
    number      INTEGER PRIMARY KEY,            -- order of creation
    id          TEXT    NOT NULL,               -- usr_…; of the same user in two apps it may be the same
    app_id      TEXT    NOT NULL,
    external_id TEXT    CHECK (length(external_id) BETWEEN 1 AND 128),  -- the app's own id
    status      TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'blocked')),
    profile     TEXT    NOT NULL DEFAULT '{}'   -- a JSON object
        CHECK (profile = '{}' OR profile GLOB '{*' AND json_valid(profile)),
    created_at  TEXT    NOT NULL
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')),
    updated_at  TEXT    NOT NULL                -- moves exactly when something changed, never backwards
        CHECK (updated_at = created_at OR updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days'))
) STRICT;

-- What is looked for comes first, and the app behind it: ids grow at the end of their index whatever the app, and a
-- person who knows a value need not know the app. Only users_by_app, which lists them, is written all over the place.
CREATE UNIQUE INDEX users_by_id ON users (id, app_id);
CREATE UNIQUE INDEX users_by_external_id ON users (external_id, app_id) WHERE external_id IS NOT NULL;
CREATE INDEX users_by_app ON users (app_id);

CREATE TABLE user_identifiers (
    user     INTEGER NOT NULL REFERENCES users (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,                  -- order of addition
    type     TEXT    NOT NULL CHECK (type IN ('phone_number', 'email_address')),
    value    TEXT    NOT NULL,                  -- +4915123456789; ada@example.com, in small letters
    app_id   TEXT    NOT NULL,                  -- the user's
    PRIMARY KEY (user, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX user_identifiers_by_value ON user_identifiers (value, type, app_id);

-- The sessions that are live: one that ends is deleted, and an event tells of it.
CREATE TABLE user_sessions (
    number           INTEGER PRIMARY KEY,       -- order of creation, so that the oldest of all are found
    user             INTEGER NOT NULL REFERENCES users (number) ON DELETE CASCADE,
    id               TEXT    NOT NULL,          -- ses_…; sorts by creation
    identifier_type  TEXT    NOT NULL CHECK (identifier_type IN ('phone_number', 'email_address')),
    identifier_value TEXT    NOT NULL,          -- what the user came with; they may have lost it since
    metadata         TEXT    NOT NULL DEFAULT '{}'  -- a JSON object
        CHECK (metadata = '{}' OR metadata GLOB '{*' AND json_valid(metadata)),
    created_at       TEXT    NOT NULL
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')),
    last_seen_at     TEXT    NOT NULL
        CHECK (last_seen_at = created_at OR last_seen_at IS strftime('%Y-%m-%dT%H:%M:%fZ', last_seen_at, '+0 days'))
) STRICT;

CREATE UNIQUE INDEX user_sessions_by_user ON user_sessions (user, id);

-- The scopes that users of an app may have. One that was removed is nobody's from then on; its row goes when the last
-- row of user_scopes has gone. Added again it is another row.
CREATE TABLE app_scopes (
    number     INTEGER PRIMARY KEY,             -- order of addition
    app_id     TEXT NOT NULL,
    scope      TEXT NOT NULL CHECK (length(scope) BETWEEN 1 AND 64 AND scope NOT GLOB '*[^a-zA-Z0-9._:-]*'),
    removed_at TEXT                             -- NULL: it can be given to users
        CHECK (removed_at IS strftime('%Y-%m-%dT%H:%M:%fZ', removed_at, '+0 days'))
) STRICT;

CREATE UNIQUE INDEX app_scopes_in_use ON app_scopes (app_id, scope) WHERE removed_at IS NULL;
CREATE INDEX app_scopes_by_app ON app_scopes (app_id);
CREATE INDEX app_scopes_removed ON app_scopes (removed_at) WHERE removed_at IS NOT NULL;

CREATE TABLE user_scopes (
    user  INTEGER NOT NULL REFERENCES users (number) ON DELETE CASCADE,
    scope INTEGER NOT NULL REFERENCES app_scopes (number),
    PRIMARY KEY (user, scope)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_scopes_by_scope ON user_scopes (scope);

-- Of an event that a change of a user wrote: the user, who may be deleted by now. What an app published itself has none.
ALTER TABLE events ADD COLUMN user_id TEXT;

CREATE INDEX events_by_user ON events (user_id) WHERE user_id IS NOT NULL;

-- Every user with their identifiers and scopes on one line each: those of an app with   WHERE app_id = '54e9ujn'
CREATE VIEW user_overview AS
SELECT users.id AS user_id,
       users.app_id,
       users.external_id,
       users.status,
       (SELECT group_concat(value, ', ') FROM (SELECT value FROM user_identifiers WHERE user = users.number ORDER BY position))
           AS identifiers,
       coalesce((SELECT group_concat(scope, ', ') FROM (SELECT app_scopes.scope FROM user_scopes
           JOIN app_scopes ON app_scopes.number = user_scopes.scope
           WHERE user_scopes.user = users.number AND app_scopes.removed_at IS NULL ORDER BY user_scopes.scope)), '') AS scopes,
       (SELECT count(*) FROM user_sessions WHERE user = users.number) AS live_sessions,
       users.profile,
       users.created_at,
       users.updated_at
FROM users
ORDER BY users.number;

-- Who has an e-mail address or a phone number:   WHERE value = 'ada@example.com'
CREATE VIEW identifier_owners AS
SELECT user_identifiers.value,
       user_identifiers.type,
       user_identifiers.app_id,
       users.id AS user_id,
       users.external_id,
       users.status
FROM user_identifiers
JOIN users ON users.number = user_identifiers.user;

-- Every session that is live, the newest of a user first:   WHERE user_id = 'usr_…'
CREATE VIEW live_sessions AS
SELECT users.id AS user_id,
       users.app_id,
       user_sessions.id AS session_id,
       user_sessions.identifier_type,
       user_sessions.identifier_value,
       user_sessions.metadata,
       user_sessions.created_at,
       user_sessions.last_seen_at
FROM users
CROSS JOIN user_sessions ON user_sessions.user = users.number
ORDER BY users.number, user_sessions.id DESC;

-- What happened to a user, also to one who is deleted, and what became of it at each webhook:   WHERE user_id = 'usr_…'
CREATE VIEW user_history AS
SELECT events.user_id,
       events.app_id,
       events.id AS event_id,
       events.type,
       events.created_at,
       events.correlation_id,
       webhooks.id AS webhook_id,
       deliveries.state,
       deliveries.attempts,
       deliveries.last_failure
FROM events
LEFT JOIN deliveries ON deliveries.event = events.number
LEFT JOIN webhooks ON webhooks.number = deliveries.webhook
WHERE events.user_id IS NOT NULL
ORDER BY events.number;
