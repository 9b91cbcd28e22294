-- Deliveries carry two signatures: one by a key of their app, which anybody can verify with the app's public keys, and
-- one by a secret of their webhook, as Standard Webhooks has it.

-- Of an app's keys that are not retired, and whose time has come, the last one made signs; all of them are published.
CREATE TABLE signing_keys (
    number             INTEGER PRIMARY KEY,      -- order of making
    id                 TEXT NOT NULL UNIQUE      -- `kid`; the header X-Webhook-Signature-Key-Id
        CHECK (length(id) BETWEEN 1 AND 64 AND id NOT GLOB '*[^A-Za-z0-9_-]*'),
    app_id             TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    modulus            TEXT NOT NULL             -- the public part, `n`: 2048 bits in base64url; the exponent is 65537
        CHECK (modulus GLOB '[g-z0-9_-]*[AQgw]' AND length(modulus) = 342 AND modulus NOT GLOB '*[^A-Za-z0-9_-]*'),
    created_at         TEXT NOT NULL
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')),
    signs_from         TEXT NOT NULL             -- published from its making on, so that receivers know it by then
        CHECK (signs_from IS strftime('%Y-%m-%dT%H:%M:%fZ', signs_from, '+0 days')),
    retired_at         TEXT                      -- no longer published since then, and its private part is gone
        CHECK (retired_at IS strftime('%Y-%m-%dT%H:%M:%fZ', retired_at, '+0 days')),
    private_key_sealed BLOB                      -- PKCS#1; AES-256-GCM, with the key in the file `secrets.key_file`
        CHECK ((private_key_sealed IS NULL) = (retired_at IS NOT NULL))
) STRICT;

CREATE INDEX signing_keys_by_app ON signing_keys (app_id);

-- The secret that signs what a webhook is sent; after a rotation the former one signs along for a while.
CREATE TABLE webhook_secrets (
    number        INTEGER PRIMARY KEY,           -- order of making
    id            TEXT NOT NULL UNIQUE,
    webhook_id    TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    created_at    TEXT NOT NULL
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')),
    signs_until   TEXT                           -- NULL: it is the webhook's secret; else it was replaced
        CHECK (signs_until IS strftime('%Y-%m-%dT%H:%M:%fZ', signs_until, '+0 days')),
    secret_sealed BLOB NOT NULL                  -- 24 bytes; AES-256-GCM, with the key in the file `secrets.key_file`
) STRICT;

CREATE UNIQUE INDEX webhook_secrets_in_use ON webhook_secrets (webhook_id) WHERE signs_until IS NULL;
CREATE INDEX webhook_secrets_by_webhook ON webhook_secrets (webhook_id);

-- Every secret that did not open when all were last tried, and what sets it again.
CREATE VIEW shut_secrets AS
SELECT 'verification token' AS secret, webhooks.id AS row_id, webhooks.app_id, webhooks.id AS webhook_id,
       'session-gateway webhook update ' || webhooks.id || ' --verification-token ...' AS remedy
FROM webhooks
WHERE hex(substr(verification_token_sealed, 1, 1)) <> '01'
UNION ALL
SELECT 'signing key', signing_keys.id, signing_keys.app_id, NULL,
       'session-gateway key rotate --now --app ' || signing_keys.app_id || ', then key retire'
FROM signing_keys
WHERE private_key_sealed IS NOT NULL AND hex(substr(private_key_sealed, 1, 1)) <> '01'
UNION ALL
SELECT 'webhook secret', webhook_secrets.id, webhooks.app_id, webhooks.id, 'rotateWebhookSecret'
FROM webhook_secrets
JOIN webhooks ON webhooks.id = webhook_secrets.webhook_id
WHERE hex(substr(secret_sealed, 1, 1)) <> '01';
