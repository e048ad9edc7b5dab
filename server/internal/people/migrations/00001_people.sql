-- +goose Up
CREATE TABLE person (
    id            TEXT PRIMARY KEY,
    login         TEXT NOT NULL UNIQUE,       -- lower case; a guardian's is the e-mail address
    given         TEXT NOT NULL,
    family        TEXT NOT NULL,
    role          TEXT NOT NULL,              -- student, teacher, staff, guardian
    email         TEXT NOT NULL,              -- lower case, '' = none
    born          TEXT NOT NULL,              -- 2006-01-02, '' = not known
    admin         INTEGER NOT NULL,
    head          INTEGER NOT NULL,
    password_hash TEXT NOT NULL,              -- argon2id in PHC's form
    must_change   INTEGER NOT NULL,
    state         TEXT NOT NULL,              -- active, restricted, locked, left
    locked_until  BIGINT NOT NULL,            -- milliseconds, 0 = until someone unlocks
    lock_reason   TEXT NOT NULL,
    quota         BIGINT NOT NULL,            -- bytes, 0 = the school's default for the role
    created       BIGINT NOT NULL
);
CREATE INDEX person_email ON person (email);

CREATE TABLE grp (
    id      TEXT PRIMARY KEY,
    slug    TEXT NOT NULL UNIQUE,             -- in addresses: klasse-5a
    name    TEXT NOT NULL,
    kind    TEXT NOT NULL,                    -- class, year, course, club, staff
    quota   BIGINT NOT NULL,                  -- bytes, 0 = the school's default for groups
    created BIGINT NOT NULL
);

CREATE TABLE member (
    grp_id    TEXT NOT NULL REFERENCES grp (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    lead      INTEGER NOT NULL,
    PRIMARY KEY (grp_id, person_id)
);
CREATE INDEX member_person ON member (person_id);

CREATE TABLE guardian (
    guardian_id TEXT NOT NULL REFERENCES person (id),
    child_id    TEXT NOT NULL REFERENCES person (id),
    PRIMARY KEY (guardian_id, child_id)
);
CREATE INDEX guardian_child ON guardian (child_id);

-- +goose Down
DROP TABLE guardian;
DROP TABLE member;
DROP TABLE grp;
DROP TABLE person;
