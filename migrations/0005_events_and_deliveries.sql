-- Events, who is to get them, and what became of that. What was sent last moves from the webhook's row to a narrow one
-- of its own, as it is written with every delivery.

DROP VIEW webhook_events;
DROP VIEW webhook_overview;

CREATE TABLE webhooks_numbered (
    -- Order of creation. A number is never given again: deliveries of a deleted webhook may be there for a while.
    number                    INTEGER PRIMARY KEY AUTOINCREMENT,
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
    created_at                TEXT    NOT NULL
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')),
    updated_at                TEXT    NOT NULL     -- moves exactly when something changed, never backwards
        CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')),
    verification_token_sealed BLOB    NOT NULL     -- AES-256-GCM, with the key in the file `secrets.key_file`
) STRICT;

INSERT INTO webhooks_numbered (number, id, app_id, url, events, active, created_at, updated_at, verification_token_sealed)
SELECT number, id, app_id, url, events, active, created_at, updated_at, verification_token_sealed
FROM webhooks ORDER BY number;

-- How the receiver of a webhook answers. No row: it was never called.
CREATE TABLE webhook_health (
    webhook             INTEGER PRIMARY KEY REFERENCES webhooks (number) ON DELETE CASCADE,
    last_http_code      INTEGER             -- of the last delivery attempt; 0: it was not answered
        CHECK (last_http_code BETWEEN 0 AND 999),
    last_http_code_date TEXT
        CHECK (last_http_code_date IS strftime('%Y-%m-%dT%H:%M:%fZ', last_http_code_date, '+0 days')),
    failures            INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),  -- one after the other, up to now
    failing_since       TEXT                -- the first of these
        CHECK (failing_since IS strftime('%Y-%m-%dT%H:%M:%fZ', failing_since, '+0 days')),
    not_before          TEXT                -- it is not called before; NULL: whenever something is due
        CHECK (not_before IS strftime('%Y-%m-%dT%H:%M:%fZ', not_before, '+0 days')),
    batch_events        INTEGER             -- at most so many in one request, after failures; NULL: as many as is set
        CHECK (batch_events > 0),
    deactivated_at      TEXT                -- by the daemon, last
        CHECK (deactivated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', deactivated_at, '+0 days')),
    deactivated_because TEXT,               -- 'gone': it answered 410; 'failing': for longer than is allowed
    operator_told_at    TEXT                -- of that; NULL: not yet, or there is no operator.notify_url
        CHECK (operator_told_at IS strftime('%Y-%m-%dT%H:%M:%fZ', operator_told_at, '+0 days'))
) STRICT;

CREATE INDEX webhook_health_untold ON webhook_health (webhook)
    WHERE deactivated_at IS NOT NULL AND operator_told_at IS NULL;

INSERT INTO webhook_health (webhook, last_http_code, last_http_code_date)
SELECT number, last_http_code, last_http_code_date
FROM webhooks WHERE last_http_code IS NOT NULL OR last_http_code_date IS NOT NULL;

DROP TABLE webhooks;
ALTER TABLE webhooks_numbered RENAME TO webhooks;
CREATE INDEX webhooks_by_app ON webhooks (app_id);

-- The webhooks of one app that got one type of event at some time: those active and subscribed when the event came.
-- A set never changes; another one is another row.
CREATE TABLE audiences (
    number   INTEGER PRIMARY KEY,
    app_id   TEXT NOT NULL,      -- '': nobody's, of the newest event when its app is deleted
    type     TEXT NOT NULL CHECK (type IN (
        'user.created', 'user.deleted', 'user.profile.updated', 'user.identifier.created',
        'user.identifier.deleted', 'user.session.created', 'user.session.revoked')),
    webhooks TEXT NOT NULL CHECK (json_valid(webhooks)),  -- their numbers, ascending: [3,17]
    UNIQUE (app_id, type, webhooks)
) STRICT;

-- The audiences whose events a webhook may have deliveries of: those that it is in, and those replayed to it.
CREATE TABLE audience_members (
    webhook  INTEGER NOT NULL,   -- it may be deleted by now
    audience INTEGER NOT NULL REFERENCES audiences (number) ON DELETE CASCADE,
    PRIMARY KEY (webhook, audience)
) STRICT, WITHOUT ROWID;

CREATE INDEX audience_members_by_audience ON audience_members (audience);

CREATE TABLE events (
    -- Order of publication, like the ids. The newest event is never taken away, so that no number comes twice.
    number         INTEGER PRIMARY KEY,
    id             TEXT    NOT NULL UNIQUE,        -- evt_…
    app_id         TEXT    NOT NULL,
    type           TEXT    NOT NULL,
    audience       INTEGER NOT NULL REFERENCES audiences (number),
    client_id      TEXT    CHECK (length(client_id) BETWEEN 1 AND 64),  -- the publisher's own id
    correlation_id TEXT,
    test           INTEGER NOT NULL DEFAULT 0 CHECK (test IN (0, 1)),   -- an example, to one webhook alone
    payload        TEXT    NOT NULL,               -- a JSON object, as receivers get it
    created_at     TEXT    NOT NULL
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days'))
) STRICT;

CREATE INDEX events_by_audience ON events (audience, number);
CREATE UNIQUE INDEX events_by_client_id ON events (app_id, client_id) WHERE client_id IS NOT NULL;

-- What became of an event at a webhook.
CREATE TABLE deliveries (
    event           INTEGER NOT NULL REFERENCES events (number),
    webhook         INTEGER NOT NULL,    -- its number; it may be deleted by now
    -- Not IN (…): from three values on SQLite makes a temporary table of them for each row that is written.
    state           TEXT    NOT NULL DEFAULT 'pending'
        CHECK (state = 'pending' OR state = 'delivered' OR state = 'expired'),
    attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),  -- since it was queued, or queued again
    next_attempt_at TEXT                 -- while pending; NULL: at once
        CHECK (next_attempt_at IS strftime('%Y-%m-%dT%H:%M:%fZ', next_attempt_at, '+0 days')),
    expires_at      TEXT                 -- of one that was queued again; NULL: as long after the event as is set
        CHECK (expires_at IS strftime('%Y-%m-%dT%H:%M:%fZ', expires_at, '+0 days')),
    last_failure    TEXT,                -- of the last attempt, in a word; NULL: there was none, or it succeeded
    alone           INTEGER NOT NULL DEFAULT 0 CHECK (alone IN (0, 1)),  -- it failed with nothing beside it
    PRIMARY KEY (event, webhook)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_due ON deliveries (webhook, next_attempt_at) WHERE state = 'pending';
CREATE INDEX deliveries_retried ON deliveries (webhook) WHERE state = 'pending' AND next_attempt_at IS NOT NULL;
CREATE INDEX deliveries_expired ON deliveries (webhook) WHERE state = 'expired';
CREATE INDEX deliveries_queued_again ON deliveries (expires_at) WHERE state = 'pending' AND expires_at IS NOT NULL;

-- The requests that were made, each with the events in it.
CREATE TABLE attempts (
    number      INTEGER PRIMARY KEY,     -- order of their ends
    id          TEXT    NOT NULL,        -- att_…
    webhook     INTEGER NOT NULL,        -- its number; it may be deleted by now
    started_at  TEXT    NOT NULL
        CHECK (started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+0 days')),
    duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),
    events      TEXT    NOT NULL,        -- their numbers, in the order of the body: [1041,1042]
    http_code   INTEGER,                 -- NULL: it was not answered
    outcome     TEXT    NOT NULL,        -- 'delivered', 'http_status', or the word of the step that failed
    response    TEXT                     -- of a failed one: how the answer's body begins
) STRICT;

CREATE INDEX attempts_by_webhook ON attempts (webhook, number);

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
       webhook_health.last_http_code,
       webhook_health.last_http_code_date,
       webhooks.created_at,
       webhooks.updated_at
FROM webhooks
JOIN apps ON apps.id = webhooks.app_id
LEFT JOIN webhook_health ON webhook_health.webhook = webhooks.number
ORDER BY webhooks.number;
