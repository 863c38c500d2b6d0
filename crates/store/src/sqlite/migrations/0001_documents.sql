-- Accounts, documents and their versions. Times are Gregorian seconds.

CREATE TABLE accounts (
    id       TEXT PRIMARY KEY,
    parent   TEXT REFERENCES accounts (id),
    name     TEXT NOT NULL,
    -- lower-case letters and digits of the name: what a login by account name compares
    name_key TEXT NOT NULL,
    realm    TEXT,
    api_key  TEXT,
    deleted  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX accounts_realm ON accounts (realm) WHERE deleted = 0 AND realm IS NOT NULL;
CREATE UNIQUE INDEX accounts_api_key ON accounts (api_key) WHERE api_key IS NOT NULL;
CREATE INDEX accounts_parent ON accounts (parent);
CREATE INDEX accounts_name ON accounts (name_key);

-- The state of a document; its body is in `versions`, at number `version`.
CREATE TABLE documents (
    account  TEXT NOT NULL REFERENCES accounts (id),
    id       TEXT NOT NULL,
    kind     TEXT NOT NULL,
    changes  INTEGER NOT NULL,
    revision TEXT NOT NULL,
    version  INTEGER NOT NULL,
    latest   INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    deleted  INTEGER NOT NULL DEFAULT 0,
    private  TEXT NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX documents_kind ON documents (account, kind, deleted, id);

CREATE TABLE versions (
    account TEXT NOT NULL,
    id      TEXT NOT NULL,
    number  INTEGER NOT NULL,
    author  TEXT NOT NULL,
    note    TEXT NOT NULL,
    saved   INTEGER NOT NULL,
    hash    TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (account, id, number)
) STRICT;

-- Derived from users that are not deleted: who may log in.
CREATE TABLE credentials (
    account  TEXT NOT NULL,
    user     TEXT NOT NULL,
    username TEXT NOT NULL,
    md5      TEXT,
    sha1     TEXT,
    PRIMARY KEY (account, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX credentials_username ON credentials (account, username);
CREATE INDEX credentials_md5 ON credentials (md5) WHERE md5 IS NOT NULL;
CREATE INDEX credentials_sha1 ON credentials (sha1) WHERE sha1 IS NOT NULL;

-- Derived from callflows that are not deleted: their E.164 numbers, in the order they were claimed.
CREATE TABLE numbers (
    claim    INTEGER PRIMARY KEY AUTOINCREMENT,
    number   TEXT NOT NULL,
    account  TEXT NOT NULL,
    callflow TEXT NOT NULL,
    UNIQUE (number, account, callflow)
) STRICT;
CREATE INDEX numbers_callflow ON numbers (account, callflow);

CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
