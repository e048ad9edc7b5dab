-- +goose Up
-- One row: every transaction that changes what somebody sees counts it up first, so
-- that the numbers become visible in their order.
CREATE TABLE letter_counter (
    id  INTEGER PRIMARY KEY,
    seq BIGINT NOT NULL
);
INSERT INTO letter_counter (id, seq) VALUES (1, 0);

CREATE TABLE letter (
    id         TEXT PRIMARY KEY,
    author     TEXT NOT NULL,
    state      TEXT NOT NULL,              -- draft, scheduled, sent, recalled
    subject    TEXT NOT NULL,              -- of a sent one: as it was sent
    markdown   TEXT NOT NULL,
    lang       TEXT NOT NULL,
    versions   TEXT NOT NULL,              -- JSON: wire.Text by language
    targets    TEXT NOT NULL,              -- JSON: []wire.Target
    ask        TEXT NOT NULL,              -- JSON: wire.Ask
    remind     TEXT NOT NULL,              -- JSON: days before the deadline
    fill       TEXT NOT NULL,              -- JSON: values of placeholders
    important  INTEGER NOT NULL,
    deadline   BIGINT NOT NULL,            -- milliseconds, 0 = none
    send_at    BIGINT NOT NULL,            -- 0 = when the sender says so
    sent       BIGINT NOT NULL,            -- 0 = not yet
    version    INTEGER NOT NULL,           -- 0 = not sent
    rev        BIGINT NOT NULL,
    saved      BIGINT NOT NULL,
    problem    TEXT NOT NULL               -- why it could not be sent at its time
);
CREATE INDEX letter_state ON letter (state, sent);

CREATE TABLE letter_sender (               -- the author (pos 0) and co-senders
    letter TEXT NOT NULL REFERENCES letter (id),
    person TEXT NOT NULL,                  -- stays when the person is deleted
    pos    INTEGER NOT NULL,
    name   TEXT NOT NULL,
    PRIMARY KEY (letter, person)
);
CREATE INDEX letter_sender_person ON letter_sender (person, letter);

CREATE TABLE letter_file (
    id      TEXT PRIMARY KEY,              -- random
    letter  TEXT NOT NULL REFERENCES letter (id),
    name    TEXT NOT NULL,
    type    TEXT NOT NULL,
    size    BIGINT NOT NULL,
    ref     TEXT NOT NULL,                 -- blob
    created BIGINT NOT NULL
);
CREATE INDEX letter_file_letter ON letter_file (letter, created);

CREATE TABLE letter_version (
    letter   TEXT NOT NULL REFERENCES letter (id),
    version  INTEGER NOT NULL,
    subject  TEXT NOT NULL,
    markdown TEXT NOT NULL,
    versions TEXT NOT NULL,                -- JSON: wire.Text by language
    changed  TEXT NOT NULL,                -- Markdown, against the version before
    at       BIGINT NOT NULL,
    author   TEXT NOT NULL,                -- name
    PRIMARY KEY (letter, version)
);

CREATE TABLE letter_row (                  -- of the report: a child, or a member of the staff
    letter   TEXT NOT NULL REFERENCES letter (id),
    person   TEXT NOT NULL REFERENCES person (id),
    staff    INTEGER NOT NULL,
    class    TEXT NOT NULL,                -- its name when the letter was sent
    read_at  BIGINT NOT NULL,              -- first, of this version
    answered INTEGER NOT NULL,             -- all that is asked for is there
    PRIMARY KEY (letter, person)
);
CREATE INDEX letter_row_person ON letter_row (person);

CREATE TABLE letter_to (                   -- whom it was sent to, for which child
    letter TEXT NOT NULL REFERENCES letter (id),
    person TEXT NOT NULL REFERENCES person (id),
    child  TEXT NOT NULL,                  -- '' = none: staff
    PRIMARY KEY (letter, person, child)
);
CREATE INDEX letter_to_person ON letter_to (person, letter);
CREATE INDEX letter_to_child ON letter_to (letter, child);

CREATE TABLE letter_box (                  -- what each reader has of it
    letter   TEXT NOT NULL REFERENCES letter (id),
    person   TEXT NOT NULL REFERENCES person (id),
    seq      BIGINT NOT NULL,              -- of the last change that this person sees
    sent     BIGINT NOT NULL,
    read_at  BIGINT NOT NULL,              -- 0 = not this version
    archived INTEGER NOT NULL,
    gone     INTEGER NOT NULL,             -- no longer this person's to see
    digest   INTEGER NOT NULL,             -- waits for the daily mail
    bounce   TEXT NOT NULL,                -- what the mail server said
    PRIMARY KEY (letter, person)
);
CREATE INDEX letter_box_person ON letter_box (person, seq);
CREATE INDEX letter_box_sent ON letter_box (person, gone, sent);

CREATE TABLE letter_answer (
    letter    TEXT NOT NULL REFERENCES letter (id),
    person    TEXT NOT NULL,               -- '' = came on paper
    child     TEXT NOT NULL,               -- '' = for the person itself
    name      TEXT NOT NULL,               -- of who gave or entered it
    confirmed INTEGER NOT NULL,
    options   TEXT NOT NULL,               -- JSON: []int
    text      TEXT NOT NULL,
    lang      TEXT NOT NULL,
    german    TEXT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (letter, person, child)
);

CREATE TABLE letter_notice (               -- how people hear of letters by mail
    person TEXT PRIMARY KEY REFERENCES person (id),
    mode   TEXT NOT NULL,                  -- now, daily, never
    token  TEXT NOT NULL UNIQUE            -- in the address that unsubscribes
);

CREATE TABLE letter_wide (                 -- who may write to all, beside the head
    person TEXT PRIMARY KEY REFERENCES person (id)
);

CREATE TABLE letter_setting (
    id         INTEGER PRIMARY KEY,
    whole_text INTEGER NOT NULL
);
INSERT INTO letter_setting (id, whole_text) VALUES (1, 0);

CREATE TABLE letter_template (             -- the school's own
    id    TEXT PRIMARY KEY,
    name  TEXT NOT NULL,
    texts TEXT NOT NULL,                   -- JSON: wire.Text by language
    ask   TEXT NOT NULL,
    saved BIGINT NOT NULL
);

CREATE TABLE letter_key (                  -- writes that were answered
    person TEXT NOT NULL,
    key    TEXT NOT NULL,
    what   TEXT NOT NULL,                  -- hash of the request
    answer TEXT NOT NULL,                  -- JSON
    at     BIGINT NOT NULL,
    PRIMARY KEY (person, key)
);
CREATE INDEX letter_key_at ON letter_key (at);

-- +goose Down
DROP TABLE letter_key;
DROP TABLE letter_template;
DROP TABLE letter_setting;
DROP TABLE letter_wide;
DROP TABLE letter_notice;
DROP TABLE letter_answer;
DROP TABLE letter_box;
DROP TABLE letter_to;
DROP TABLE letter_row;
DROP TABLE letter_version;
DROP TABLE letter_file;
DROP TABLE letter_sender;
DROP TABLE letter;
DROP TABLE letter_counter;
