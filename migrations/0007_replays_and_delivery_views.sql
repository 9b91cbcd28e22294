-- Replays, and views for what an operator asks of deliveries. The views judge by this machine's clock.

-- A webhook's events of some time, queued again for it, in the order of their numbers and some at a time.
CREATE TABLE replays (
    number         INTEGER PRIMARY KEY,       -- order of creation
    id             TEXT    NOT NULL UNIQUE,   -- rpl_…
    webhook        INTEGER NOT NULL REFERENCES webhooks (number) ON DELETE CASCADE,
    since          TEXT    NOT NULL           -- of the events' publication
        CHECK (since IS strftime('%Y-%m-%dT%H:%M:%fZ', since, '+0 days')),
    until          TEXT
        CHECK (until IS strftime('%Y-%m-%dT%H:%M:%fZ', until, '+0 days')),
    delivery_state TEXT CHECK (delivery_state IN ('pending', 'delivered', 'expired')),  -- NULL: any, also none
    type           TEXT,                      -- of the events; NULL: any
    status         TEXT    NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'cancelled')),
    position       INTEGER NOT NULL,          -- number of the last event that was looked at
    last_event     INTEGER NOT NULL,          -- it ends with this one
    matched        INTEGER CHECK (matched >= 0),  -- NULL: they are being counted
    queued         INTEGER NOT NULL DEFAULT 0 CHECK (queued >= 0),
    created_at     TEXT    NOT NULL
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')),
    ended_at       TEXT
        CHECK (ended_at IS strftime('%Y-%m-%dT%H:%M:%fZ', ended_at, '+0 days'))
) STRICT;

CREATE UNIQUE INDEX replays_running ON replays (webhook) WHERE status = 'running';
CREATE INDEX replays_by_webhook ON replays (webhook);

-- They come nearly in the order of their beginnings, so that this grows at its end.
CREATE INDEX attempts_by_time ON attempts (started_at);

-- What waits for each webhook, for how long the oldest has been due, and why it waits.
CREATE VIEW webhook_backlog AS
SELECT backlog.webhook_id,
       backlog.app_id,
       backlog.pending,
       backlog.due_since,
       CAST(round((julianday('now') - julianday(backlog.due_since)) * 86400) AS INTEGER) AS due_for_seconds,
       CASE WHEN NOT backlog.active THEN 'the webhook is inactive'
                 || coalesce(' since ' || backlog.deactivated_at || ': ' || backlog.deactivated_because, '')
            WHEN backlog.not_before > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
                 THEN 'its receiver fails since ' || coalesce(backlog.failing_since, '?')
                 || ' (' || coalesce(backlog.last_outcome, '?') || '); it is called again at ' || backlog.not_before
            WHEN backlog.due_since IS NULL THEN 'all of it failed and is due later'
            WHEN backlog.failures > 0
                 THEN 'its receiver failed last (' || coalesce(backlog.last_outcome, '?') || ')'
            ELSE 'it is being sent' END AS why
FROM (
    SELECT webhooks.number,
           webhooks.id AS webhook_id,
           webhooks.app_id,
           webhooks.active,
           health.failures,
           health.failing_since,
           health.not_before,
           health.deactivated_at,
           health.deactivated_because,
           (SELECT count(*) FROM deliveries WHERE webhook = webhooks.number AND state = 'pending') AS pending,
           (SELECT outcome FROM attempts WHERE webhook = webhooks.number ORDER BY attempts.number DESC LIMIT 1)
               AS last_outcome,
           nullif(min(
               coalesce((SELECT created_at FROM events WHERE events.number =
                   (SELECT min(event) FROM deliveries
                    WHERE webhook = webhooks.number AND state = 'pending' AND next_attempt_at IS NULL)), 'later'),
               coalesce((SELECT min(next_attempt_at) FROM deliveries
                    WHERE webhook = webhooks.number AND state = 'pending'
                      AND next_attempt_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), 'later')), 'later')
               AS due_since
    FROM webhooks
    LEFT JOIN webhook_health AS health ON health.webhook = webhooks.number
    WHERE EXISTS (SELECT 1 FROM deliveries WHERE webhook = webhooks.number AND state = 'pending')
) AS backlog
ORDER BY backlog.number;

-- Every delivery that failed and is tried again, with the last reason.
CREATE VIEW stuck_deliveries AS
SELECT webhooks.id AS webhook_id,
       webhooks.app_id,
       events.id AS event_id,
       events.type,
       events.created_at,
       deliveries.attempts,
       deliveries.last_failure,
       deliveries.next_attempt_at
FROM webhooks
CROSS JOIN deliveries ON deliveries.webhook = webhooks.number AND deliveries.state = 'pending'
    AND deliveries.next_attempt_at IS NOT NULL
CROSS JOIN events ON events.number = deliveries.event
ORDER BY webhooks.number;

-- The receivers that failed last, since when, and how.
CREATE VIEW failing_receivers AS
SELECT webhooks.id AS webhook_id,
       webhooks.app_id,
       webhooks.url,
       webhooks.active,
       health.failing_since,
       health.failures,
       last.outcome AS last_outcome,
       last.http_code AS last_http_code,
       last.started_at AS last_attempt_at,
       health.not_before AS called_again_at,
       last.response AS last_response
FROM webhook_health AS health
JOIN webhooks ON webhooks.number = health.webhook
LEFT JOIN attempts AS last
    ON last.number = (SELECT max(number) FROM attempts WHERE attempts.webhook = health.webhook)
WHERE health.failures > 0
ORDER BY health.webhook;

-- The webhooks that the daemon deactivated, because their receivers were gone or failed for too long.
CREATE VIEW deactivated_webhooks AS
SELECT webhooks.id AS webhook_id,
       webhooks.app_id,
       webhooks.url,
       health.deactivated_at,
       health.deactivated_because,
       (SELECT count(*) FROM deliveries WHERE webhook = webhooks.number AND state = 'pending') AS pending
FROM webhook_health AS health
JOIN webhooks ON webhooks.number = health.webhook
WHERE health.deactivated_at IS NOT NULL AND NOT webhooks.active
ORDER BY health.webhook;

-- The requests of the last hour to each webhook.
CREATE VIEW sent_last_hour AS
SELECT coalesce(webhooks.id, 'deleted: ' || sent.webhook) AS webhook_id,
       webhooks.app_id,
       sent.requests,
       sent.failed_requests,
       sent.events_delivered,
       sent.mean_ms,
       sent.slowest_ms
FROM (
    SELECT webhook,
           count(*) AS requests,
           count(*) FILTER (WHERE outcome <> 'delivered') AS failed_requests,
           coalesce(sum(json_array_length(events)) FILTER (WHERE outcome = 'delivered'), 0) AS events_delivered,
           CAST(round(avg(duration_ms)) AS INTEGER) AS mean_ms,
           max(duration_ms) AS slowest_ms
    FROM attempts
    WHERE started_at >= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 hour')
    GROUP BY +webhook  -- by time, not along the index of webhooks
) AS sent
LEFT JOIN webhooks ON webhooks.number = sent.webhook
ORDER BY sent.webhook;

-- Every replay and how far it is.
CREATE VIEW replay_overview AS
SELECT replays.id AS replay_id,
       webhooks.id AS webhook_id,
       webhooks.app_id,
       replays.status,
       replays.queued,
       replays.matched,
       replays.since,
       replays.until,
       replays.delivery_state,
       replays.type,
       replays.created_at,
       replays.ended_at
FROM replays
JOIN webhooks ON webhooks.number = replays.webhook
ORDER BY replays.number;
