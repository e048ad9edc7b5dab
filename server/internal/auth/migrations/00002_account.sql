-- +goose Up
ALTER TABLE session ADD COLUMN admin_until BIGINT NOT NULL DEFAULT 0; -- the password was given again: administrates until then

CREATE TABLE second_step (
    person_id TEXT PRIMARY KEY,
    secret    TEXT NOT NULL,          -- sealed with the server's key
    confirmed INTEGER NOT NULL,       -- 0 = the app has not yet shown a right code
    last_step BIGINT NOT NULL         -- of the last code that was used: none counts twice
);

CREATE TABLE recovery (
    person_id TEXT NOT NULL,
    code_hash TEXT NOT NULL,          -- hex SHA-256
    used      BIGINT NOT NULL,        -- 0 = not yet
    PRIMARY KEY (person_id, code_hash)
);

CREATE TABLE app_password (
    id        TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    name      TEXT NOT NULL,
    hash      TEXT NOT NULL,          -- hex SHA-256
    created   BIGINT NOT NULL,
    used      BIGINT NOT NULL,        -- to within five minutes, 0 = never
    UNIQUE (person_id, hash)
);

-- +goose Down
DROP TABLE app_password;
DROP TABLE recovery;
DROP TABLE second_step;
ALTER TABLE session DROP COLUMN admin_until;
