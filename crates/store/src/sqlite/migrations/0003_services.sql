-- Service numbers, names that are unique, numbers for interfaces that know things by number, counters, logins.

-- The number a document or a part of it (a version, a schedule, an entry of a set) is known by; never used twice.
CREATE TABLE numeric_ids (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    account  TEXT NOT NULL,
    document TEXT NOT NULL,
    part     TEXT NOT NULL,
    UNIQUE (account, document, part)
) STRICT;

-- Derived from documents of kinds whose names are unique in an account.
CREATE TABLE names (
    account  TEXT NOT NULL,
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, kind, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX names_document ON names (account, document);

-- Derived from service numbers that are not deleted: their digits, and as they are written.
CREATE TABLE service_numbers (
    number   TEXT PRIMARY KEY,
    written  TEXT NOT NULL DEFAULT '',
    account  TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX service_numbers_document ON service_numbers (account, document);

-- Derived from N2FE users that are not deleted; the hash is among the hidden members of the document.
CREATE TABLE logins (
    username TEXT PRIMARY KEY,
    account  TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX logins_document ON logins (account, document);

-- What event counters have counted.
CREATE TABLE counters (
    account TEXT NOT NULL,
    name    TEXT NOT NULL,
    value   INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;
