-- The daemon that began to serve last. Whether it still does is told by its lock on <database>.lock.
CREATE TABLE daemon (
    only_row   INTEGER PRIMARY KEY DEFAULT 1 CHECK (only_row = 1),
    version    TEXT    NOT NULL,
    started_at TEXT    NOT NULL
        CHECK (started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+0 days'))
) STRICT;
