-- +goose Up
-- Rows and answers stay when their person is deleted, without the name: under an id
-- that begins with gone- and is another one in each letter. So the two tables name
-- people who need not be there any more.
CREATE TABLE letter_row_kept (
    letter   TEXT NOT NULL REFERENCES letter (id),
    person   TEXT NOT NULL,
    staff    INTEGER NOT NULL,
    class    TEXT NOT NULL,
    read_at  BIGINT NOT NULL,
    answered INTEGER NOT NULL,
    PRIMARY KEY (letter, person)
);
INSERT INTO letter_row_kept (letter, person, staff, class, read_at, answered)
    SELECT letter, person, staff, class, read_at, answered FROM letter_row;
DROP TABLE letter_row;
ALTER TABLE letter_row_kept RENAME TO letter_row;
CREATE INDEX letter_row_person ON letter_row (person);

CREATE TABLE letter_to_kept (
    letter TEXT NOT NULL REFERENCES letter (id),
    person TEXT NOT NULL,
    child  TEXT NOT NULL,
    PRIMARY KEY (letter, person, child)
);
INSERT INTO letter_to_kept (letter, person, child) SELECT letter, person, child FROM letter_to;
DROP TABLE letter_to;
ALTER TABLE letter_to_kept RENAME TO letter_to;
CREATE INDEX letter_to_person ON letter_to (person, letter);
CREATE INDEX letter_to_child ON letter_to (letter, child);

ALTER TABLE letter_answer ADD COLUMN entered TEXT NOT NULL DEFAULT ''; -- of one that came on paper: by whom
UPDATE letter_answer SET entered = COALESCE((
    SELECT MIN(p.id) FROM person p WHERE p.role IN ('teacher', 'staff') AND p.given || ' ' || p.family = letter_answer.name), '')
    WHERE person = '';
CREATE INDEX letter_answer_entered ON letter_answer (entered) WHERE entered <> '';
CREATE INDEX letter_answer_child ON letter_answer (letter, child);

CREATE TABLE letter_alias (                -- who becomes whom, while somebody is forgotten; else empty
    letter TEXT NOT NULL,
    person TEXT NOT NULL,
    alias  TEXT NOT NULL,
    PRIMARY KEY (letter, person)
);

-- +goose Down
DROP TABLE letter_alias;
DROP INDEX letter_answer_child;
DROP INDEX letter_answer_entered;
ALTER TABLE letter_answer DROP COLUMN entered;

CREATE TABLE letter_to_kept (
    letter TEXT NOT NULL REFERENCES letter (id),
    person TEXT NOT NULL REFERENCES person (id),
    child  TEXT NOT NULL,
    PRIMARY KEY (letter, person, child)
);
INSERT INTO letter_to_kept (letter, person, child)
    SELECT letter, person, child FROM letter_to WHERE person IN (SELECT id FROM person);
DROP TABLE letter_to;
ALTER TABLE letter_to_kept RENAME TO letter_to;
CREATE INDEX letter_to_person ON letter_to (person, letter);
CREATE INDEX letter_to_child ON letter_to (letter, child);

CREATE TABLE letter_row_kept (
    letter   TEXT NOT NULL REFERENCES letter (id),
    person   TEXT NOT NULL REFERENCES person (id),
    staff    INTEGER NOT NULL,
    class    TEXT NOT NULL,
    read_at  BIGINT NOT NULL,
    answered INTEGER NOT NULL,
    PRIMARY KEY (letter, person)
);
INSERT INTO letter_row_kept (letter, person, staff, class, read_at, answered)
    SELECT letter, person, staff, class, read_at, answered FROM letter_row WHERE person IN (SELECT id FROM person);
DROP TABLE letter_row;
ALTER TABLE letter_row_kept RENAME TO letter_row;
CREATE INDEX letter_row_person ON letter_row (person);
