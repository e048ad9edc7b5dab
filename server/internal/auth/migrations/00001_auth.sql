-- +goose Up
CREATE TABLE session (
    id         TEXT PRIMARY KEY,
    person_id  TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,  -- hex SHA-256
    device     TEXT NOT NULL,
    created    BIGINT NOT NULL,
    used       BIGINT NOT NULL,       -- to within five minutes
    expires    BIGINT NOT NULL,
    shared     INTEGER NOT NULL,      -- on a PC used by many
    ended      BIGINT NOT NULL        -- 0 = not ended
);
CREATE INDEX session_person ON session (person_id);

CREATE TABLE attempt (
    account TEXT PRIMARY KEY,         -- a person's id, or the hash of a login that nobody has
    fails   INTEGER NOT NULL,
    last    BIGINT NOT NULL,
    wait    BIGINT NOT NULL           -- no further try before
);

-- +goose Down
DROP TABLE attempt;
DROP TABLE session;
