-- Challenges are counted for each app and each host that they go to as well, and go on counting when their webhook is
-- deleted. The table holds little more than the last minute: nothing of it is taken over.
DROP TABLE webhook_activations;

-- The activation challenges of the last minute or so: they are limited, whoever asks for them.
-- A challenge whose process was killed stays 'running' until it is forgotten.
CREATE TABLE webhook_activations (
    number     INTEGER PRIMARY KEY,   -- order of beginning
    webhook_id TEXT NOT NULL,         -- it may be deleted by now, as may its app
    app_id     TEXT NOT NULL,
    host       TEXT NOT NULL,         -- of the webhook's url, in lower case
    started_at TEXT NOT NULL
        CHECK (started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+0 days')),
    outcome    TEXT NOT NULL DEFAULT 'running'  -- then 'succeeded', 'abandoned', or the word of the step that failed
) STRICT;

CREATE INDEX webhook_activations_by_webhook ON webhook_activations (webhook_id, started_at);
CREATE INDEX webhook_activations_by_app ON webhook_activations (app_id, started_at);
CREATE INDEX webhook_activations_by_host ON webhook_activations (host, started_at);
CREATE INDEX webhook_activations_by_time ON webhook_activations (started_at);
