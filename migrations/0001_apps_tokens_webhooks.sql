-- Timestamps are UTC text with milliseconds (2025-03-15T12:00:00.000Z); NULL means "never".

CREATE TABLE apps (
    number           INTEGER PRIMARY KEY,          -- order of creation
    id               TEXT    NOT NULL UNIQUE CHECK (length(id) = 7 AND id NOT GLOB '*[^a-z0-9]*'),
    name             TEXT    NOT NULL,             -- for people; may be empty
    sessions_enabled INTEGER NOT NULL DEFAULT 1 CHECK (sessions_enabled IN (0, 1)),
    created_at       TEXT    NOT NULL,
    updated_at       TEXT    NOT NULL
) STRICT;

-- A token itself is never kept: find one with   printf %s "$TOKEN" | sha256sum
CREATE TABLE api_tokens (
    number     INTEGER PRIMARY KEY,                -- order of creation
    id         TEXT NOT NULL UNIQUE,
    sha256     TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
    app_id     TEXT REFERENCES apps (id) ON DELETE CASCADE,  -- NULL: good for every app
    name       TEXT NOT NULL,                      -- for people; may be empty
    created_at TEXT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT
) STRICT;

CREATE INDEX api_tokens_by_app ON api_tokens (app_id);

CREATE TABLE webhooks (
    number                    INTEGER PRIMARY KEY, -- order of creation
    id                        TEXT    NOT NULL UNIQUE,
    app_id                    TEXT    NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    url                       TEXT    NOT NULL,
    events                    TEXT    NOT NULL CHECK (json_type(events) = 'array'),  -- in the order of addition
    active                    INTEGER NOT NULL DEFAULT 0 CHECK (active IN (0, 1)),
    last_http_code            INTEGER,             -- of the last delivery attempt; 0: it was not answered
    last_http_code_date       TEXT,
    created_at                TEXT    NOT NULL,
    updated_at                TEXT    NOT NULL,    -- moves exactly when something changed, never backwards
    verification_token_sealed BLOB    NOT NULL     -- AES-256-GCM, with the key in the file `secrets.key_file`
) STRICT;

CREATE INDEX webhooks_by_app ON webhooks (app_id);

-- One row: which key of the key file the sealed columns are sealed with.
CREATE TABLE sealing_key (
    only_row INTEGER PRIMARY KEY DEFAULT 1 CHECK (only_row = 1),
    key_id   TEXT NOT NULL,
    since    TEXT NOT NULL
) STRICT;

-- One row for each event type a webhook is subscribed to; `position` counts from 1 in the order of addition.
CREATE VIEW webhook_events AS
SELECT webhooks.id AS webhook_id, webhooks.app_id, event.key + 1 AS position, event.value AS event
FROM webhooks, json_each(webhooks.events) AS event
ORDER BY webhooks.number, event.key;

-- Every webhook with its app, its state in words and its events on one line.
CREATE VIEW webhook_overview AS
SELECT webhooks.id AS webhook_id,
       webhooks.app_id,
       apps.name AS app_name,
       CASE WHEN NOT apps.sessions_enabled THEN 'sessions disabled'
            WHEN webhooks.active THEN 'active'
            ELSE 'inactive' END AS state,
       webhooks.url,
       coalesce((SELECT group_concat(event.value, ', ') FROM json_each(webhooks.events) AS event), '') AS events,
       webhooks.last_http_code,
       webhooks.last_http_code_date,
       webhooks.created_at,
       webhooks.updated_at
FROM webhooks
JOIN apps ON apps.id = webhooks.app_id
ORDER BY webhooks.number;

-- Every API token with what it is good for and its state in words; `expired` is judged by this machine's clock.
CREATE VIEW api_token_overview AS
SELECT api_tokens.id AS token_id,
       coalesce(api_tokens.app_id, 'all apps') AS good_for,
       api_tokens.name,
       CASE WHEN revoked_at IS NOT NULL THEN 'revoked'
            WHEN expires_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now') THEN 'expired'
            ELSE 'live' END AS state,
       api_tokens.created_at,
       api_tokens.expires_at,
       api_tokens.revoked_at
FROM api_tokens
ORDER BY api_tokens.number;
