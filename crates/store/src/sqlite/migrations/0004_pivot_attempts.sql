-- What flows asked web servers, and what those answered, for the authors of the flows. Times are Gregorian seconds.
CREATE TABLE pivot_attempts (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    call_id TEXT NOT NULL,
    created INTEGER NOT NULL,
    entry   TEXT NOT NULL
) STRICT;
CREATE INDEX pivot_attempts_account ON pivot_attempts (account, number);
CREATE INDEX pivot_attempts_call ON pivot_attempts (account, call_id, number);
