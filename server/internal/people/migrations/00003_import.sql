-- +goose Up
ALTER TABLE person ADD COLUMN import_id TEXT NOT NULL DEFAULT '';        -- the school's own number for the person
ALTER TABLE person ADD COLUMN managed INTEGER NOT NULL DEFAULT 0;        -- comes from the school's lists
ALTER TABLE person ADD COLUMN followed INTEGER NOT NULL DEFAULT 0;       -- a guardian who left because the children did
ALTER TABLE person ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN language TEXT NOT NULL DEFAULT '';         -- BCP 47, of letters to the person
ALTER TABLE person ADD COLUMN short TEXT NOT NULL DEFAULT '';            -- a teacher's letters
ALTER TABLE person ADD COLUMN fold TEXT NOT NULL DEFAULT '';             -- words to search and to order by
UPDATE person SET fold = ' ' || LOWER(family || ' ' || given || ' ' || login);
CREATE INDEX person_fold ON person (fold, id);
CREATE INDEX person_deletes ON person (deletes);

ALTER TABLE grp ADD COLUMN managed INTEGER NOT NULL DEFAULT 0;           -- an import may rename and end it
ALTER TABLE grp ADD COLUMN ended BIGINT NOT NULL DEFAULT 0;              -- milliseconds, 0 = it goes on
ALTER TABLE member ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;       -- a list says so
ALTER TABLE guardian ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;

CREATE TABLE former_member (                                             -- of those who have left, until they are deleted
    grp_id    TEXT NOT NULL REFERENCES grp (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    lead      INTEGER NOT NULL,
    imported  INTEGER NOT NULL,
    PRIMARY KEY (grp_id, person_id)
);
CREATE INDEX former_member_person ON former_member (person_id);

-- +goose Down
DROP TABLE former_member;
ALTER TABLE guardian DROP COLUMN imported;
ALTER TABLE member DROP COLUMN imported;
ALTER TABLE grp DROP COLUMN ended;
ALTER TABLE grp DROP COLUMN managed;
DROP INDEX person_deletes;
DROP INDEX person_fold;
ALTER TABLE person DROP COLUMN fold;
ALTER TABLE person DROP COLUMN short;
ALTER TABLE person DROP COLUMN language;
ALTER TABLE person DROP COLUMN address;
ALTER TABLE person DROP COLUMN phone;
ALTER TABLE person DROP COLUMN followed;
ALTER TABLE person DROP COLUMN managed;
ALTER TABLE person DROP COLUMN import_id;
