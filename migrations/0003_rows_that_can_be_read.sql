-- What the program reads of a row is held to the form it reads, so that a row written by hand is refused where it is
-- written. Times: exactly 2025-03-15T12:00:00.000Z, a day that exists. Events: a JSON array of the seven event types,
-- none twice; as CHECK allows no subquery, the length of the array is compared with that of the types it holds.
-- Times that SQLite understands (2025-03-15 12:00:00, as CURRENT_TIMESTAMP and datetime() give) and events named
-- twice are put right first; a row with anything else stops the migration and is named.

DROP VIEW webhook_events;
DROP VIEW webhook_overview;
DROP VIEW api_token_overview;

UPDATE apps SET created_at = strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
WHERE NOT (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days'))
  AND date(substr(created_at, 1, 10), '+0 days') IS substr(created_at, 1, 10) AND datetime(created_at) IS NOT NULL;

UPDATE apps SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')
WHERE NOT (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days'))
  AND date(substr(updated_at, 1, 10), '+0 days') IS substr(updated_at, 1, 10) AND datetime(updated_at) IS NOT NULL;

UPDATE api_tokens SET created_at = strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
WHERE NOT (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days'))
  AND date(substr(created_at, 1, 10), '+0 days') IS substr(created_at, 1, 10) AND datetime(created_at) IS NOT NULL;

UPDATE api_tokens SET expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', expires_at, '+0 days')
WHERE NOT (expires_at IS strftime('%Y-%m-%dT%H:%M:%fZ', expires_at, '+0 days'))
  AND date(substr(expires_at, 1, 10), '+0 days') IS substr(expires_at, 1, 10) AND datetime(expires_at) IS NOT NULL;

UPDATE api_tokens SET revoked_at = strftime('%Y-%m-%dT%H:%M:%fZ', revoked_at, '+0 days')
WHERE NOT (revoked_at IS strftime('%Y-%m-%dT%H:%M:%fZ', revoked_at, '+0 days'))
  AND date(substr(revoked_at, 1, 10), '+0 days') IS substr(revoked_at, 1, 10) AND datetime(revoked_at) IS NOT NULL;

UPDATE webhooks SET last_http_code_date = strftime('%Y-%m-%dT%H:%M:%fZ', last_http_code_date, '+0 days')
WHERE NOT (last_http_code_date IS strftime('%Y-%m-%dT%H:%M:%fZ', last_http_code_date, '+0 days'))
  AND date(substr(last_http_code_date, 1, 10), '+0 days') IS substr(last_http_code_date, 1, 10)
  AND datetime(last_http_code_date) IS NOT NULL;

UPDATE webhooks SET created_at = strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
WHERE NOT (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days'))
  AND date(substr(created_at, 1, 10), '+0 days') IS substr(created_at, 1, 10) AND datetime(created_at) IS NOT NULL;

UPDATE webhooks SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')
WHERE NOT (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days'))
  AND date(substr(updated_at, 1, 10), '+0 days') IS substr(updated_at, 1, 10) AND datetime(updated_at) IS NOT NULL;

UPDATE webhook_activations SET started_at = strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+0 days')
WHERE NOT (started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+0 days'))
  AND date(substr(started_at, 1, 10), '+0 days') IS substr(started_at, 1, 10) AND datetime(started_at) IS NOT NULL;

UPDATE webhooks SET events = (
    SELECT json_group_array(value) FROM (SELECT value FROM json_each(webhooks.events) GROUP BY value ORDER BY min(key)))
WHERE json_valid(events) AND json_type(events) = 'array'
  AND NOT EXISTS (SELECT 1 FROM json_each(webhooks.events) WHERE type <> 'text');

-- Only the last minute counts of these.
DELETE FROM webhook_activations WHERE NOT (started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+0 days'));

INSERT INTO objections
SELECT 'row ' || number || ' of apps: created_at holds "' || created_at
       || '" where a time like 2025-03-15T12:00:00.000Z belongs'
FROM apps WHERE NOT (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days'));

INSERT INTO objections
SELECT 'row ' || number || ' of apps: updated_at holds "' || updated_at
       || '" where a time like 2025-03-15T12:00:00.000Z belongs'
FROM apps WHERE NOT (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days'));

INSERT INTO objections
SELECT 'row ' || number || ' of api_tokens: created_at holds "' || created_at
       || '" where a time like 2025-03-15T12:00:00.000Z belongs'
FROM api_tokens WHERE NOT (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days'));

INSERT INTO objections
SELECT 'row ' || number || ' of api_tokens: expires_at holds "' || expires_at
       || '" where a time like 2025-03-15T12:00:00.000Z belongs'
FROM api_tokens WHERE NOT (expires_at IS strftime('%Y-%m-%dT%H:%M:%fZ', expires_at, '+0 days'));

INSERT INTO objections
SELECT 'row ' || number || ' of api_tokens: revoked_at holds "' || revoked_at
       || '" where a time like 2025-03-15T12:00:00.000Z belongs'
FROM api_tokens WHERE NOT (revoked_at IS strftime('%Y-%m-%dT%H:%M:%fZ', revoked_at, '+0 days'));

INSERT INTO objections
SELECT 'row ' || number || ' of webhooks: last_http_code_date holds "' || last_http_code_date
       || '" where a time like 2025-03-15T12:00:00.000Z belongs'
FROM webhooks WHERE NOT (last_http_code_date IS strftime('%Y-%m-%dT%H:%M:%fZ', last_http_code_date, '+0 days'));

INSERT INTO objections
SELECT 'row ' || number || ' of webhooks: created_at holds "' || created_at
       || '" where a time like 2025-03-15T12:00:00.000Z belongs'
FROM webhooks WHERE NOT (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days'));

INSERT INTO objections
SELECT 'row ' || number || ' of webhooks: updated_at holds "' || updated_at
       || '" where a time like 2025-03-15T12:00:00.000Z belongs'
FROM webhooks WHERE NOT (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days'));

INSERT INTO objections
SELECT 'row ' || number || ' of webhooks: events holds ' || events || ' where a JSON array of event types belongs'
FROM webhooks
WHERE NOT json_valid(events) OR json_type(events) <> 'array'
   OR EXISTS (SELECT 1 FROM json_each(webhooks.events) WHERE value NOT IN (
       'user.created', 'user.deleted', 'user.profile.updated', 'user.identifier.created',
       'user.identifier.deleted', 'user.session.created', 'user.session.revoked'));

CREATE TABLE apps_checked (
    number           INTEGER PRIMARY KEY,          -- order of creation
    id               TEXT    NOT NULL UNIQUE CHECK (length(id) = 7 AND id NOT GLOB '*[^a-z0-9]*'),
    name             TEXT    NOT NULL,             -- for people; may be empty
    sessions_enabled INTEGER NOT NULL DEFAULT 1 CHECK (sessions_enabled IN (0, 1)),
    mode             TEXT    NOT NULL DEFAULT 'prod' CHECK (mode IN ('dev', 'prod')),  -- dev: plain http urls are taken
    created_at       TEXT    NOT NULL
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')),
    updated_at       TEXT    NOT NULL
        CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days'))
) STRICT;

-- A token itself is never kept: find one with   printf %s "$TOKEN" | sha256sum
CREATE TABLE api_tokens_checked (
    number     INTEGER PRIMARY KEY,                -- order of creation
    id         TEXT NOT NULL UNIQUE,
    sha256     TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
    app_id     TEXT REFERENCES apps (id) ON DELETE CASCADE,  -- NULL: good for every app
    name       TEXT NOT NULL,                      -- for people; may be empty
    created_at TEXT NOT NULL
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')),
    expires_at TEXT
        CHECK (expires_at IS strftime('%Y-%m-%dT%H:%M:%fZ', expires_at, '+0 days')),
    revoked_at TEXT
        CHECK (revoked_at IS strftime('%Y-%m-%dT%H:%M:%fZ', revoked_at, '+0 days'))
) STRICT;

CREATE TABLE webhooks_checked (
    number                    INTEGER PRIMARY KEY, -- order of creation
    id                        TEXT    NOT NULL UNIQUE,
    app_id                    TEXT    NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    url                       TEXT    NOT NULL,    -- judged whenever it is to be called
    events                    TEXT    NOT NULL     -- in the order of addition
        CHECK (events GLOB '[[]*' AND length(json(events)) = max(2, 1
            + 15 * (instr(events, '"user.created"') > 0)
            + 15 * (instr(events, '"user.deleted"') > 0)
            + 23 * (instr(events, '"user.profile.updated"') > 0)
            + 26 * (instr(events, '"user.identifier.created"') > 0)
            + 26 * (instr(events, '"user.identifier.deleted"') > 0)
            + 23 * (instr(events, '"user.session.created"') > 0)
            + 23 * (instr(events, '"user.session.revoked"') > 0))),
    active                    INTEGER NOT NULL DEFAULT 0 CHECK (active IN (0, 1)),
    last_http_code            INTEGER              -- of the last delivery attempt; 0: it was not answered
        CHECK (last_http_code BETWEEN 0 AND 999),
    last_http_code_date       TEXT
        CHECK (last_http_code_date IS strftime('%Y-%m-%dT%H:%M:%fZ', last_http_code_date, '+0 days')),
    created_at                TEXT    NOT NULL
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')),
    updated_at                TEXT    NOT NULL     -- moves exactly when something changed, never backwards
        CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')),
    verification_token_sealed BLOB    NOT NULL     -- AES-256-GCM, with the key in the file `secrets.key_file`
) STRICT;

-- The activation challenges of the last minute or so: they are limited per webhook, whoever asks for them.
-- A challenge whose process was killed stays 'running' until it is forgotten.
CREATE TABLE webhook_activations_checked (
    number     INTEGER PRIMARY KEY,   -- order of beginning
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    started_at TEXT NOT NULL
        CHECK (started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+0 days')),
    outcome    TEXT NOT NULL DEFAULT 'running'  -- then 'succeeded', or the word of the step that failed
) STRICT;

-- What a new table does not take is left out here and objected to below.

INSERT OR IGNORE INTO apps_checked (number, id, name, sessions_enabled, mode, created_at, updated_at)
SELECT number, id, name, sessions_enabled, mode, created_at, updated_at
FROM apps
WHERE NOT EXISTS (SELECT 1 FROM objections WHERE objection GLOB 'row ' || apps.number || ' of apps:*')
ORDER BY number;

INSERT OR IGNORE INTO api_tokens_checked (number, id, sha256, app_id, name, created_at, expires_at, revoked_at)
SELECT number, id, sha256, app_id, name, created_at, expires_at, revoked_at
FROM api_tokens
WHERE NOT EXISTS (SELECT 1 FROM objections WHERE objection GLOB 'row ' || api_tokens.number || ' of api_tokens:*')
ORDER BY number;

INSERT OR IGNORE INTO webhooks_checked (
    number, id, app_id, url, events, active, last_http_code, last_http_code_date, created_at, updated_at,
    verification_token_sealed)
SELECT number, id, app_id, url, CASE WHEN json_valid(events) THEN json(events) END, active, last_http_code,
       last_http_code_date, created_at, updated_at, verification_token_sealed
FROM webhooks
WHERE NOT EXISTS (SELECT 1 FROM objections WHERE objection GLOB 'row ' || webhooks.number || ' of webhooks:*')
ORDER BY number;

INSERT OR IGNORE INTO webhook_activations_checked (number, webhook_id, started_at, outcome)
SELECT number, webhook_id, started_at, outcome
FROM webhook_activations
WHERE NOT EXISTS (SELECT 1 FROM objections WHERE objection GLOB 'row ' || webhook_activations.number || ' of webhook_activations:*')
ORDER BY number;

INSERT INTO objections
SELECT 'row ' || number || ' of apps: a value breaks a rule of the table (.schema apps shows them)'
FROM apps
WHERE number NOT IN (SELECT number FROM apps_checked)
  AND NOT EXISTS (
      SELECT 1 FROM objections WHERE objection GLOB 'row ' || apps.number || ' of apps:*');

INSERT INTO objections
SELECT 'row ' || number || ' of api_tokens: a value breaks a rule of the table (.schema api_tokens shows them)'
FROM api_tokens
WHERE number NOT IN (SELECT number FROM api_tokens_checked)
  AND NOT EXISTS (
      SELECT 1 FROM objections WHERE objection GLOB 'row ' || api_tokens.number || ' of api_tokens:*');

INSERT INTO objections
SELECT 'row ' || number || ' of webhooks: a value breaks a rule of the table (.schema webhooks shows them)'
FROM webhooks
WHERE number NOT IN (SELECT number FROM webhooks_checked)
  AND NOT EXISTS (
      SELECT 1 FROM objections WHERE objection GLOB 'row ' || webhooks.number || ' of webhooks:*');

INSERT INTO objections
SELECT 'row ' || number || ' of webhook_activations: a value breaks a rule of the table'
    || ' (.schema webhook_activations shows them)'
FROM webhook_activations
WHERE number NOT IN (SELECT number FROM webhook_activations_checked)
  AND NOT EXISTS (
      SELECT 1 FROM objections WHERE objection GLOB 'row ' || webhook_activations.number || ' of webhook_activations:*');

DROP TABLE webhook_activations;
DROP TABLE webhooks;
DROP TABLE api_tokens;
DROP TABLE apps;
ALTER TABLE apps_checked RENAME TO apps;
ALTER TABLE api_tokens_checked RENAME TO api_tokens;
ALTER TABLE webhooks_checked RENAME TO webhooks;
ALTER TABLE webhook_activations_checked RENAME TO webhook_activations;

CREATE INDEX api_tokens_by_app ON api_tokens (app_id);
CREATE INDEX webhooks_by_app ON webhooks (app_id);
CREATE INDEX webhook_activations_by_webhook ON webhook_activations (webhook_id);

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
