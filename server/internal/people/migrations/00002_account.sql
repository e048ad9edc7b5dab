-- +goose Up
ALTER TABLE person ADD COLUMN start_kind TEXT NOT NULL DEFAULT '';       -- of the first password: '' = none, code, born
ALTER TABLE person ADD COLUMN start_hash TEXT NOT NULL DEFAULT '';       -- hex SHA-256 of a start code
ALTER TABLE person ADD COLUMN start_until BIGINT NOT NULL DEFAULT 0;     -- milliseconds, 0 = no end
ALTER TABLE person ADD COLUMN reset_at BIGINT NOT NULL DEFAULT 0;        -- the last reset by somebody else
ALTER TABLE person ADD COLUMN reset_by TEXT NOT NULL DEFAULT '';         -- id of that person
ALTER TABLE person ADD COLUMN moderator INTEGER NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN deletes BIGINT NOT NULL DEFAULT 0;         -- one who has left is deleted then
ALTER TABLE person ADD COLUMN terms BIGINT NOT NULL DEFAULT 0;           -- version of the terms that was accepted
ALTER TABLE person ADD COLUMN second_step INTEGER NOT NULL DEFAULT 0;    -- sign-in asks for a code
ALTER TABLE person ADD COLUMN secrets_rev BIGINT NOT NULL DEFAULT 0;     -- counts changes of app passwords and second step

-- +goose Down
ALTER TABLE person DROP COLUMN secrets_rev;
ALTER TABLE person DROP COLUMN second_step;
ALTER TABLE person DROP COLUMN terms;
ALTER TABLE person DROP COLUMN deletes;
ALTER TABLE person DROP COLUMN moderator;
ALTER TABLE person DROP COLUMN reset_by;
ALTER TABLE person DROP COLUMN reset_at;
ALTER TABLE person DROP COLUMN start_until;
ALTER TABLE person DROP COLUMN start_hash;
ALTER TABLE person DROP COLUMN start_kind;
