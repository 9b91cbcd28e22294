-- In `dev` mode an app may register plain http urls.
ALTER TABLE apps ADD COLUMN mode TEXT NOT NULL DEFAULT 'prod' CHECK (mode IN ('dev', 'prod'));

-- The activation challenges of the last minute or so: they are limited per webhook, whoever asks for them.
-- A challenge whose process was killed stays 'running' until it is forgotten.
CREATE TABLE webhook_activations (
    number     INTEGER PRIMARY KEY,   -- order of beginning
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    started_at TEXT NOT NULL,
    outcome    TEXT NOT NULL DEFAULT 'running'  -- then 'succeeded', or the word of the step that failed
) STRICT;

CREATE INDEX webhook_activations_by_webhook ON webhook_activations (webhook_id);
