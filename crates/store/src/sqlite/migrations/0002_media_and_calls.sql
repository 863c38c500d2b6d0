-- Files, voicemail messages, call records and registrations. Times are Gregorian seconds.

-- A file beside the database; the row is written after the file is on disk.
CREATE TABLE blobs (
    id           TEXT PRIMARY KEY,
    content_type TEXT NOT NULL,
    size         INTEGER NOT NULL,
    sha256       TEXT NOT NULL,
    created      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE attachments (
    account  TEXT NOT NULL,
    document TEXT NOT NULL,
    name     TEXT NOT NULL,
    blob     TEXT NOT NULL REFERENCES blobs (id),
    PRIMARY KEY (account, document, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_blob ON attachments (blob);

CREATE TABLE messages (
    account  TEXT NOT NULL,
    id       TEXT NOT NULL,
    box      TEXT NOT NULL,
    folder   TEXT NOT NULL CHECK (folder IN ('new', 'saved', 'deleted')),
    created  INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    blob     TEXT REFERENCES blobs (id),
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_box ON messages (account, box, folder, created, id);
CREATE INDEX messages_age ON messages (folder, modified);
CREATE INDEX messages_blob ON messages (blob) WHERE blob IS NOT NULL;

CREATE TABLE calls (
    number    INTEGER PRIMARY KEY,
    account   TEXT NOT NULL,
    id        TEXT NOT NULL,
    call_id   TEXT NOT NULL,
    started   INTEGER NOT NULL,
    ended     INTEGER NOT NULL,
    caller    TEXT NOT NULL,
    callee    TEXT NOT NULL,
    callflow  TEXT,
    version   INTEGER,
    result    TEXT NOT NULL,
    cause     TEXT NOT NULL,
    duration  INTEGER NOT NULL,
    billing   INTEGER NOT NULL,
    cdr       TEXT NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX calls_started ON calls (account, started, id);
CREATE INDEX calls_call_id ON calls (account, call_id);
CREATE INDEX calls_age ON calls (started);

-- Apart from the calls, so that lists do not read past them. Both are zlib streams.
CREATE TABLE call_journals (
    call    INTEGER PRIMARY KEY REFERENCES calls (number) ON DELETE CASCADE,
    journal BLOB,
    trace   BLOB
) STRICT;

CREATE TABLE registrations (
    key     TEXT PRIMARY KEY,
    expires INTEGER NOT NULL,
    value   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX registrations_expires ON registrations (expires);
