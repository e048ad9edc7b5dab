-- +goose Up
CREATE TABLE guardian_code (
    id         TEXT PRIMARY KEY,
    person_id  TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    hash       TEXT NOT NULL UNIQUE,      -- hex SHA-256
    created    BIGINT NOT NULL,           -- milliseconds, like all times
    created_by TEXT NOT NULL,             -- id of a person
    until      BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,           -- 0 = not yet
    void       INTEGER NOT NULL           -- a newer one has taken its place
);
CREATE INDEX guardian_code_person ON guardian_code (person_id);

CREATE TABLE guardian_link (
    id        TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL,              -- activate, reset, old, new
    about     TEXT NOT NULL,              -- activate: id of the code; old, new: what both have in common
    email     TEXT NOT NULL,              -- activate, old, new: the address that is to become the login
    hash      TEXT NOT NULL UNIQUE,       -- hex SHA-256
    language  TEXT NOT NULL,
    created   BIGINT NOT NULL,
    until     BIGINT NOT NULL,
    used_at   BIGINT NOT NULL             -- 0 = not yet
);
CREATE INDEX guardian_link_person ON guardian_link (person_id, kind, created);
CREATE INDEX guardian_link_email ON guardian_link (email, kind, created);
CREATE INDEX guardian_link_about ON guardian_link (about);

-- +goose Down
DROP TABLE guardian_link;
DROP TABLE guardian_code;
