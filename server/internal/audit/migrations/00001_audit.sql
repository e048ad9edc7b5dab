-- +goose Up
CREATE TABLE audit (
    seq     BIGINT PRIMARY KEY,     -- 1, 2, 3 … without a gap
    at      BIGINT NOT NULL,        -- milliseconds
    actor   TEXT NOT NULL,          -- id of the person who did it, '' = the server or nobody known
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,          -- id of the person or thing it was done to, '' = none
    detail  TEXT NOT NULL,          -- a JSON object of strings
    addr    TEXT NOT NULL,          -- from where
    prev    TEXT NOT NULL,          -- hash of the entry before, '' of the first
    hash    TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_actor ON audit (actor, seq);
CREATE INDEX audit_subject ON audit (subject, seq);

-- One row, updated with every entry, so that entries are written one by one.
CREATE TABLE audit_head (
    id         INTEGER PRIMARY KEY,
    seq        BIGINT NOT NULL,     -- of the last entry
    hash       TEXT NOT NULL,       -- of the last entry
    first_seq  BIGINT NOT NULL,     -- of the first entry that is still kept
    first_prev TEXT NOT NULL,       -- the anchor: hash of the last one removed
    mac        TEXT NOT NULL        -- over the row, '' before the first entry
);
INSERT INTO audit_head (id, seq, hash, first_seq, first_prev, mac) VALUES (1, 0, '', 1, '', '');
